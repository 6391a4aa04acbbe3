// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// A job: a file of float tensors and a recipe in, a .pawl or .gguf file and a report out.

#ifndef PAWL_INCLUDE_PAWL_JOB_H_
#define PAWL_INCLUDE_PAWL_JOB_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pawl/byte_sink.h"
#include "pawl/job_files.h"
#include "pawl/recipe.h"
#include "pawl/report.h"

namespace pawl {

class Context;

struct Job {
  // A safetensors file, an index of shards, or a folder with either; with a .gguf output also a
  // GGUF file.
  std::string input;
  // Instead: a whole safetensors file in memory, which must outlive the job.
  absl::Span<const uint8_t> input_bytes;

  // The file to write: GGUF where it ends in ".gguf" (see RunJob), else .pawl. Must not be an
  // input. Not needed in a dry run.
  std::string output;
  // Instead: where the file's bytes go. After an error what came so far is there.
  std::shared_ptr<ByteSink> output_sink;

  Recipe recipe;

  // Optional: a safetensors file about weights [.., cols] of the input, with any of
  //   NAME or NAME.importance   f32 [cols], not negative: how much each column of the weight NAME
  //                             matters. Methods that minimise an error weight it with this.
  //   NAME.input                f32, f16 or bf16 [samples.., cols]: activations that met it.
  //                             recipe.calibration says how they are observed; the report has what
  //                             was found, the output the scale for symmetric int8 codes as f32
  //                             NAME.activation_scale ([1], or [cols] where per_channel). Without
  //                             an importance of its own the weight gets each column's mean square.
  std::string calibration;
  // Instead: the whole of such a file in memory.
  absl::Span<const uint8_t> calibration_bytes;

  // Instead, for language models (language_model.h; a folder with config.json, or GGUF in): ids of
  // a text. An encoder's windows begin at its begin_id as well, where the folder says which that
  // is. The model runs on it, layer by layer, each layer on what the layers before it give once
  // they are quantized; methods and importances take what meets it. One residual stream is kept in
  // memory, two where a method has a correction; beyond max_memory in a file without a name beside
  // the output. The order of tensors in a .pawl file becomes the model's, norms and biases with
  // scales (of awq or smoothquant) in front of their layers. Without a rule that names them or
  // their operator, the embedding and the layer that makes logits (an encoder's embeddings and
  // pooler) stay as they are (in GGUF as RunJob says).
  std::vector<int32_t> calibration_ids;
  int64_t calibration_context = 0;  // ids of a window; 0: the model's own, 2048 at most
  // Optional: importances from llama.cpp's imatrix (imatrix.h), which count before others.
  std::string imatrix;
  // Where to write the importances that calibration_ids gave; empty: nowhere.
  std::string imatrix_output;

  // The caller's own files around the job, such as the recipe's and where the report will go. They
  // are checked with the job's (job_files.h), so that none is lost to another.
  JobFiles files;

  // Decide and estimate, but read no weights and write nothing.
  bool dry_run = false;

  // Bytes that the job may need beyond the mapped input; 0: no limit. Where activations of a text
  // can go to the disk, they do, before a job is refused.
  uint64_t max_memory = 0;

  // Go on with what an interrupted run of this job left (see RunJob), or begin where there is
  // nothing of that kind; and leave what is done for the next run if this one does not finish.
  bool resume = false;
  // What a kill may cost: the work on this many bytes of the input, or on one larger tensor, or ten
  // seconds' work.
  uint64_t checkpoint_bytes = uint64_t{256} << 20;
};

// Runs the job on the context's threads, with progress (in bytes of the input) through it, also
// within large tensors, where its shares are estimates of time; cancelling takes effect there, too.
//
// Tensors are taken one at a time, in the order of the file (that of the model for
// calibration_ids). Those that no rule takes are copied as they are, but for norms and biases that
// take scales, and so are those that cannot be quantized: types that are not float, fewer
// than two dimensions, fewer than kMinElements elements, NaN or infinity among the values, or a
// result that is not smaller. The report has the reason for each. A rule with a pattern also takes
// tensors that are small or would not become smaller.
//
// The output holds the same bytes for every number of threads and target. After an error or
// a cancellation there is no output file (or the one that was there before).
//
// A job with an output path writes OUTPUT.part beside the output and, from the first checkpoint on
// (for GGUF before its last step at the latest), OUTPUT.journal; both are gone when it ends, except
// after a kill, and with `resume` after an error or a cancellation. With `resume` the job takes
// over the tensors that the journal lists and makes the file that an uninterrupted run would have
// made, on any target and number of threads. It refuses (FailedPrecondition, and nothing changes)
// where the content of the input, the calibration, the model's config.json (for GGUF also its
// tokenizer's files) or the imatrix, the recipe or the version of Pawl is another, and says which.
// With calibration_ids the model runs again up to where it was, on the weights that are quantized
// already. Without `resume` it refuses to write over such work. While it runs the output is locked:
// FailedPrecondition for another job with the same one.
//
// GGUF: schemes must be those of GGUF's blocks (q4_0, q4_k ...). Where a config.json of a decoder
// lies beside the safetensors, names, rows and keys become llama.cpp's and the tokenizer's files go
// into keys; of a GGUF input all keys stay, and tensors of blocks, or of a type that Pawl does not
// know, are copied. As llama.cpp's own quantizer does it, unless a rule's pattern or fallback says
// otherwise: rows that are not whole blocks of 256 get blocks of 32 of about as many bits (else
// they stay), the layer that makes the logits gets q6_k, and vectors become f32. The report says
// each. No recorded calibration or bytes in memory yet: Unimplemented.
//
// Errors: InvalidArgument naming the pattern, the tensor or the file (a pattern that matches
// nothing, a shape that does not fit its scheme, nothing to quantize, calibration that does
// not fit); those of CheckJobFiles, before anything is written; what opening and writing gives;
// ResourceExhausted beyond max_memory; FailedPrecondition as above; Cancelled.
absl::StatusOr<Report> RunJob(const Job& job, Context& context);

inline constexpr int64_t kMinElements = 64;

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_JOB_H_
