// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

use crate::{OptionId, RangeMethod};

options! {
    /// How [`Moments`](crate::Moments) are factorized.
    FactorOptions, Factor {
        /// Added to the diagonal, of its mean; doubled until there is a factor.
        damping(f64) => Damping, |value| double(value);
        /// Columns by falling x^2 (act-order), or as they come.
        by_activation(bool) => ByActivation, |value| int(value.into());
    }
}

options! {
    /// How [`gptq`](crate::gptq) rounds.
    GptqOptions, Gptq {
        /// How the range of a group of weights is found.
        range_method(RangeMethod) => GptqRange, |value| int(value.as_raw().into());
        /// Of 100, for [`RangeMethod::Percentile`].
        percentile(f64) => GptqPercentile, |value| double(value);
        /// Of codebooks, at most.
        kmeans_iterations(i64) => GptqKmeansIterations, |value| int(value);
        /// Errors of ranges count by column.
        weighted_range(bool) => GptqWeightedRange, |value| int(value.into());
        /// Scales from the weights as they are given, or as they are when a group's turn comes.
        static_groups(bool) => GptqStaticGroups, |value| int(value.into());
        /// Share of weights that are pruned in the same pass.
        sparsity(f64) => GptqSparsity, |value| double(value);
    }
}

impl GptqOptions {
    /// Prunes so many of each `of` (2, 4, 8 or 16) inputs of an output instead of a share of all. Needs a factor without
    /// [`FactorOptions::by_activation`].
    pub fn zeros(mut self, zeros: i64, of: i64) -> Self {
        self.raw.int(OptionId::GptqZeros, zeros);
        self.raw.int(OptionId::GptqZerosOf, of);
        self
    }
}

options! {
    /// How much [`prune`](crate::prune) and [`sparse_gpt`](crate::sparse_gpt) take; without any of them nothing, which is
    /// an error.
    PruningOptions, Pruning {
        /// Share of weights that become 0.
        sparsity(f64) => Sparsity, |value| double(value);
    }
}

impl PruningOptions {
    /// So many of each `of` (2, 4, 8 or 16) inputs of an output instead of a share of all. [`sparse_gpt`](crate::sparse_gpt)
    /// needs a factor without [`FactorOptions::by_activation`] for it.
    pub fn zeros(mut self, zeros: i64, of: i64) -> Self {
        self.raw.int(OptionId::Zeros, zeros);
        self.raw.int(OptionId::ZerosOf, of);
        self
    }
}

options! {
    /// How [`awq`](crate::awq) and its parts search.
    AwqOptions, Awq {
        /// Exponents k / ratios that are tried.
        ratios(i64) => AwqRatios, |value| int(value);
        /// Weights' magnitudes count, too.
        duo_scaling(bool) => AwqDuoScaling, |value| int(value.into());
        /// Search for clipped ranges afterwards.
        clip(bool) => AwqClip, |value| int(value.into());
        /// Limits 1, 1 - 1/20 ... of the largest magnitude.
        clip_steps(i64) => AwqClipSteps, |value| int(value);
        /// Of the inputs, evenly spaced.
        max_samples(i64) => AwqMaxSamples, |value| int(value);
        /// How the range of a group of weights is found.
        range_method(RangeMethod) => AwqRange, |value| int(value.as_raw().into());
    }
}

options! {
    /// Of the norm that [`hqq`](crate::hqq) makes small, and its steps.
    HqqOptions, Hqq {
        /// In (0, 1].
        norm(f64) => HqqNorm, |value| double(value);
        /// Of the first step.
        beta(f64) => HqqBeta, |value| double(value);
        /// Beta grows by this at each step.
        kappa(f64) => HqqKappa, |value| double(value);
        /// Steps.
        iterations(i64) => HqqIterations, |value| int(value);
    }
}

options! {
    /// What counts in [`search_blocks`](crate::search_blocks).
    BlockSearchOptions, BlockSearch {
        /// Of each column: mean x^2 of its inputs, [`Moments::importance`](crate::Moments::importance).
        importance(&[f32]) => BlockImportance, |value| floats(value);
        /// Large weights count more (llama.cpp).
        magnitude_weights(bool) => BlockMagnitudeWeights, |value| int(value.into());
        /// Of the search.
        rounds(i64) => BlockRounds, |value| int(value);
    }
}
