// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Field numbers of ONNX's messages (onnx/onnx, onnx/onnx.proto), and its types of elements.

#ifndef PAWL_LIB_FORMATS_ONNX_FIELDS_H_
#define PAWL_LIB_FORMATS_ONNX_FIELDS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "pawl/dtype.h"

namespace pawl::onnx {

enum class ModelField : uint32_t {
  kIrVersion = 1,
  kProducerName = 2,
  kProducerVersion = 3,
  kDomain = 4,
  kModelVersion = 5,
  kDoc = 6,
  kGraph = 7,
  kOpsetImport = 8,
  kMetadata = 14,
  kFunctions = 25,
};

enum class OpsetField : uint32_t { kDomain = 1, kVersion = 2 };
enum class EntryField : uint32_t { kKey = 1, kValue = 2 };

enum class GraphField : uint32_t {
  kNode = 1,
  kName = 2,
  kInitializer = 5,
  kInput = 11,
  kOutput = 12,
  kValueInfo = 13,
  kSparseInitializer = 15,
};

enum class NodeField : uint32_t {
  kInput = 1,
  kOutput = 2,
  kName = 3,
  kOpType = 4,
  kAttribute = 5,
  kDomain = 7,
  kOverload = 8,
};

enum class AttributeField : uint32_t {
  kName = 1,
  kF = 2,
  kI = 3,
  kS = 4,
  kT = 5,
  kG = 6,
  kFloats = 7,
  kInts = 8,
  kStrings = 9,
  kTensors = 10,
  kGraphs = 11,
  kType = 20,
  kRefName = 21,
};

// AttributeProto.AttributeType.
enum class AttributeType : int32_t {
  kFloat = 1,
  kInt = 2,
  kString = 3,
  kTensor = 4,
  kGraph = 5,
  kFloats = 6,
  kInts = 7,
  kStrings = 8,
  kTensors = 9,
  kGraphs = 10,
};

enum class TensorField : uint32_t {
  kDims = 1,
  kDataType = 2,
  kSegment = 3,
  kFloatData = 4,
  kInt32Data = 5,
  kStringData = 6,
  kInt64Data = 7,
  kName = 8,
  kRawData = 9,
  kDoubleData = 10,
  kUint64Data = 11,
  kExternalData = 13,
  kDataLocation = 14,
};

enum class ValueInfoField : uint32_t { kName = 1, kType = 2 };
enum class TypeField : uint32_t { kTensor = 1 };
enum class TensorTypeField : uint32_t { kElement = 1, kShape = 2 };
enum class ShapeField : uint32_t { kDim = 1 };
enum class DimField : uint32_t { kValue = 1, kParam = 2 };

enum class FunctionField : uint32_t {
  kName = 1,
  kInput = 4,
  kOutput = 5,
  kNode = 7,
  kOpsetImport = 9,
  kDomain = 10,
  kDefaults = 11,
  kOverload = 13,
};

// TensorProto.DataType of types that have no DType of their own.
inline constexpr int32_t kString = 8;
inline constexpr int32_t kUint4 = 21;
inline constexpr int32_t kInt4 = 22;
inline constexpr int32_t kUint2 = 25;
inline constexpr int32_t kInt2 = 26;

// How Pawl holds a TensorProto.DataType: u8 or i8 for narrower integers, one element a byte. None
// for what it lacks (strings, complex numbers, other small floats).
std::optional<DType> HeldAs(int32_t data_type);
// Bits of an element as files pack it; 0 where HeldAs gives none.
int BitsOf(int32_t data_type);
// The DataType of a DType.
int32_t DataTypeOf(DType dtype);
// "STRING", for messages.
std::string DataTypeName(int32_t data_type);

}  // namespace pawl::onnx

#endif  // PAWL_LIB_FORMATS_ONNX_FIELDS_H_
