// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Recipes: what parses is valid, prints, and parses to the same again.

#include <string>

#include "fuzz.h"
#include "pawl/recipe.h"

PAWL_FUZZ_TARGET(recipe) {
  using namespace pawl;
  const std::string text(bytes.begin(), bytes.end());
  absl::StatusOr<Recipe> recipe = absl::UnknownError("");
  {
    // A pattern may compile to much; they are checked one by one.
    const fuzz::AllocationLimit limit(bytes.size(), 64, 4 << 20);
    recipe = Recipe::FromJson(text);
  }
  if (!fuzz::Succeeded(recipe.status())) return;
  PAWL_FUZZ_CHECK(recipe->Validate().ok(), recipe->Validate().ToString());
  const std::string printed = recipe->ToJson();
  absl::StatusOr<Recipe> again = Recipe::FromJson(printed);
  PAWL_FUZZ_CHECK(again.ok(), again.status().ToString() + "\n" + printed);
  again->ignored_keys = recipe->ignored_keys;  // of a newer minor version, never written
  PAWL_FUZZ_CHECK(*again == *recipe, printed);
  PAWL_FUZZ_CHECK(again->ToJson() == printed, printed);
}
