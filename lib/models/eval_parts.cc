// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/models/eval_parts.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/core/status_macros.h"
#include "lib/pipeline/strict_json.h"

namespace pawl {
namespace {

constexpr int64_t kDefaultContext = 2048;

using Json = nlohmann::ordered_json;

Json Number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

absl::Status CheckReference(const LanguageModelInfo& info, const LanguageModelInfo& reference) {
  if (reference.encoder != info.encoder) {
    return absl::InvalidArgumentError(
        absl::StrCat("the reference is of '", reference.architecture, "', the model of '",
                     info.architecture, "': an encoder and a decoder have nothing to compare"));
  }
  if (reference.vocabulary != info.vocabulary) {
    return absl::InvalidArgumentError(absl::StrCat("the reference has ", reference.vocabulary,
                                                   " ids, the model ", info.vocabulary));
  }
  if (info.encoder && reference.width != info.width) {
    return absl::InvalidArgumentError(absl::StrCat("the reference's hidden states have ",
                                                   reference.width, " values, the model's ",
                                                   info.width));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status PrepareEval(const LanguageModelInfo& info, const LanguageModel* reference,
                         const EvalOptions& options, absl::Span<const int32_t>* ids,
                         EvalResult* result) {
  int64_t most = info.positions;
  if (reference != nullptr) {
    PAWL_RETURN_IF_ERROR(CheckReference(info, reference->info()));
    most = std::min(most, reference->info().positions);
  }
  result->context =
      options.context != 0 ? options.context : std::min({info.context, most, kDefaultContext});
  result->stride = options.stride != 0 ? options.stride : result->context;
  if (result->context < 2 || result->context > most) {
    return absl::InvalidArgumentError(absl::StrCat("a context of ", result->context,
                                                   " ids; this model is opened for 2 to ", most));
  }
  if (result->stride < 1 || result->stride > result->context) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a stride of ", result->stride, "; it must be from 1 to the context of ", result->context));
  }
  if (options.max_ids > 0 && static_cast<size_t>(options.max_ids) < ids->size()) {
    *ids = ids->subspan(0, static_cast<size_t>(options.max_ids));
  }
  if (ids->size() < 2) return absl::InvalidArgumentError("fewer than two ids: nothing to measure");
  result->ids = static_cast<int64_t>(ids->size());
  result->compared = reference != nullptr;
  result->bits_per_weight = info.bits_per_weight();
  result->weight_bytes = info.bytes;
  result->mode = info.mode;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<int32_t>> ParseIds(absl::string_view text) {
  std::vector<int32_t> ids;
  const auto separates = [](char c) {
    return absl::ascii_isspace(static_cast<unsigned char>(c)) || c == ',' || c == '[' || c == ']';
  };
  size_t at = 0;
  while (at < text.size()) {
    if (separates(text[at])) {
      ++at;
      continue;
    }
    size_t end = at;
    while (end < text.size() && !separates(text[end])) ++end;
    int32_t id;
    if (!absl::SimpleAtoi(text.substr(at, end - at), &id) || id < 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          "byte ", at, ": '", text.substr(at, std::min<size_t>(end - at, 40)), "' is no id"));
    }
    ids.push_back(id);
    at = end;
  }
  return ids;
}

namespace {

Json EncoderJson(const EvalResult& result) {
  Json out;
  out["hidden_sqnr_db"] = Number(result.hidden_sqnr_db);
  out["hidden_cosine"] = Number(result.hidden_cosine);
  out["embedding_sqnr_db"] = Number(result.embedding_sqnr_db);
  out["embedding_cosine"] = Number(result.embedding_cosine);
  out["embedding_cosine_min"] = Number(result.embedding_cosine_min);
  return out;
}

Json ReferenceJson(const EvalResult& result) {
  Json out;
  out["reference_perplexity"] = Number(result.reference_perplexity);
  out["mean_kl"] = Number(result.mean_kl);
  out["kl_999"] = Number(result.kl_999);
  out["max_kl"] = Number(result.max_kl);
  out["same_top"] = result.same_top;
  return out;
}

}  // namespace

std::string EvalResult::ToJson() const {
  Json out;
  out["context"] = context;
  if (!encoder) out["stride"] = stride;
  out["ids"] = ids;
  out[encoder ? "sequences" : "windows"] = windows;
  if (!encoder) {
    out["counted"] = counted;
    out["nats"] = Number(nats);
    out["perplexity"] = Number(perplexity);
    out["bits_per_byte"] = bits_per_byte > 0.0 ? Number(bits_per_byte) : Json();
  }
  out["bits_per_weight"] = bits_per_weight;
  out["weight_bytes"] = weight_bytes;
  out["mode"] = mode;
  out["seconds"] = seconds;
  out["ids_per_second"] = ids_per_second;
  if (compared) out.update(encoder ? EncoderJson(*this) : ReferenceJson(*this));
  return DumpJson(out);
}

std::string EvalResult::ToText() const {
  std::string text =
      encoder ? absl::StrFormat("%d sequences of %d ids (context %d)\n", windows, ids, context)
              : absl::StrFormat("perplexity %.4f over %d ids (context %d, stride %d)\n", perplexity,
                                counted, context, stride);
  if (bits_per_byte > 0.0) absl::StrAppendFormat(&text, "bits per byte %.4f\n", bits_per_byte);
  absl::StrAppendFormat(&text, "bits per weight %.3f, %d bytes of weights\n", bits_per_weight,
                        weight_bytes);
  if (compared && encoder) {
    absl::StrAppendFormat(&text,
                          "against the reference: hidden states %.2f dB, cosine %.6f; mean "
                          "embeddings %.2f dB, cosine %.6f, the least %.6f\n",
                          hidden_sqnr_db, hidden_cosine, embedding_sqnr_db, embedding_cosine,
                          embedding_cosine_min);
  } else if (compared) {
    absl::StrAppendFormat(&text,
                          "reference perplexity %.4f, KL mean %.6f, 99.9 %% %.6f, largest %.6f, "
                          "same first choice %.2f %%\n",
                          reference_perplexity, mean_kl, kl_999, max_kl, 100.0 * same_top);
  }
  absl::StrAppendFormat(&text, "%.0f ids per second (%s)\n", ids_per_second, mode);
  return text;
}

}  // namespace pawl
