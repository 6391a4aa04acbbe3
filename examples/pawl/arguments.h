// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The arguments of a subcommand: what CLI11 does, behind functions of which each is compiled once
// (arguments.cc). With CLI11 itself each file of a subcommand takes five times as long to compile.

#ifndef PAWL_EXAMPLES_PAWL_ARGUMENTS_H_
#define PAWL_EXAMPLES_PAWL_ARGUMENTS_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace pawl::tool {

// One argument. Each function narrows what is taken and returns the argument itself.
class Argument {
 public:
  explicit Argument(CLI::Option* option) : option_(option) {}

  const Argument& Required() const;
  // The help names the value's present content as the default.
  const Argument& ShowDefault() const;
  const Argument& OneOf(const std::vector<std::string>& words) const;
  const Argument& Between(int least, int most) const;
  const Argument& Between(double least, double most) const;
  const Argument& NotNegative() const;
  const Argument& Positive() const;
  // The two cannot be given together.
  const Argument& Excludes(const Argument& other) const;
  // Of a list: values stand in one word, between commas.
  const Argument& Commas() const;
  // Of a list: one value each time the option is given, so that it does not take words after that.
  const Argument& OneEach() const;
  // The heading under which the help lists it.
  const Argument& Group(const std::string& heading) const;

 private:
  CLI::Option* option_;
};

// A command's arguments and subcommands. All live as long as the CLI::App that they add to.
class Arguments {
 public:
  explicit Arguments(CLI::App& app);
  ~Arguments();
  Arguments(const Arguments&) = delete;
  Arguments& operator=(const Arguments&) = delete;

  // Belongs to this object.
  Arguments* AddSubcommand(const std::string& name, const std::string& description);
  // One of the subcommands must be given.
  void RequireSubcommand();

  // "NAME" for a word at its place, "--name" or "-n,--name" for an option. T: std::string, int,
  // int64_t, double, or a vector of strings, ints or int64_t.
  template <typename T>
  Argument Add(const std::string& name, T& value, const std::string& help);
  Argument AddFlag(const std::string& name, bool& value, const std::string& help);

  // Called once the command line is parsed, if it has this subcommand.
  void OnUse(std::function<void()> function);

  // Whether the option stands on the command line.
  bool Given(const std::string& option) const;

 private:
  CLI::App* app_;
  std::vector<std::unique_ptr<Arguments>> subcommands_;
};

}  // namespace pawl::tool

#endif  // PAWL_EXAMPLES_PAWL_ARGUMENTS_H_
