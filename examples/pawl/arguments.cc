// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "examples/pawl/arguments.h"

#include <cstdint>
#include <utility>

#include "CLI/CLI.hpp"

namespace pawl::tool {

const Argument& Argument::Required() const {
  option_->required();
  return *this;
}

const Argument& Argument::ShowDefault() const {
  option_->capture_default_str();
  return *this;
}

const Argument& Argument::OneOf(const std::vector<std::string>& words) const {
  option_->check(CLI::IsMember(words));
  return *this;
}

const Argument& Argument::Between(int least, int most) const {
  option_->check(CLI::Range(least, most));
  return *this;
}

const Argument& Argument::Between(double least, double most) const {
  option_->check(CLI::Range(least, most));
  return *this;
}

const Argument& Argument::NotNegative() const {
  option_->check(CLI::NonNegativeNumber);
  return *this;
}

const Argument& Argument::Positive() const {
  option_->check(CLI::PositiveNumber);
  return *this;
}

const Argument& Argument::Excludes(const Argument& other) const {
  option_->excludes(other.option_);
  return *this;
}

const Argument& Argument::Commas() const {
  option_->delimiter(',');
  return *this;
}

const Argument& Argument::OneEach() const {
  option_->allow_extra_args(false);
  return *this;
}

const Argument& Argument::Group(const std::string& heading) const {
  option_->group(heading);
  return *this;
}

Arguments::Arguments(CLI::App& app) : app_(&app) {}
Arguments::~Arguments() = default;

Arguments* Arguments::AddSubcommand(const std::string& name, const std::string& description) {
  subcommands_.push_back(std::make_unique<Arguments>(*app_->add_subcommand(name, description)));
  return subcommands_.back().get();
}

void Arguments::RequireSubcommand() { app_->require_subcommand(1); }

template <typename T>
Argument Arguments::Add(const std::string& name, T& value, const std::string& help) {
  return Argument(app_->add_option(name, value, help));
}
template Argument Arguments::Add(const std::string&, std::string&, const std::string&);
template Argument Arguments::Add(const std::string&, int&, const std::string&);
template Argument Arguments::Add(const std::string&, int64_t&, const std::string&);
template Argument Arguments::Add(const std::string&, double&, const std::string&);
template Argument Arguments::Add(const std::string&, std::vector<std::string>&, const std::string&);
template Argument Arguments::Add(const std::string&, std::vector<int>&, const std::string&);
template Argument Arguments::Add(const std::string&, std::vector<int64_t>&, const std::string&);

Argument Arguments::AddFlag(const std::string& name, bool& value, const std::string& help) {
  return Argument(app_->add_flag(name, value, help));
}

void Arguments::OnUse(std::function<void()> function) { app_->callback(std::move(function)); }

bool Arguments::Given(const std::string& option) const {
  const CLI::Option* const found = app_->get_option_no_throw(option);
  return found != nullptr && found->count() > 0;
}

}  // namespace pawl::tool
