// Made by flatc from lib/formats/pawl.fbs with cmake/schema.cmake; do not modify.

#ifndef FLATBUFFERS_GENERATED_PAWL_PAWL_FB_H_
#define FLATBUFFERS_GENERATED_PAWL_PAWL_FB_H_

#include "flatbuffers/flatbuffers.h"

namespace pawl {
namespace fb {

struct Section;

struct Part;
struct PartBuilder;

struct Scheme;
struct SchemeBuilder;

struct Packed;
struct PackedBuilder;

struct Tensor;
struct TensorBuilder;

struct KeyValue;
struct KeyValueBuilder;

struct Header;
struct HeaderBuilder;

FLATBUFFERS_MANUALLY_ALIGNED_STRUCT(8) Section FLATBUFFERS_FINAL_CLASS {
 private:
  uint64_t offset_;
  uint64_t size_;
  uint64_t hash_;

 public:
  Section()
      : offset_(0),
        size_(0),
        hash_(0) {
  }
  Section(uint64_t _offset, uint64_t _size, uint64_t _hash)
      : offset_(flatbuffers::EndianScalar(_offset)),
        size_(flatbuffers::EndianScalar(_size)),
        hash_(flatbuffers::EndianScalar(_hash)) {
  }
  uint64_t offset() const {
    return flatbuffers::EndianScalar(offset_);
  }
  uint64_t size() const {
    return flatbuffers::EndianScalar(size_);
  }
  uint64_t hash() const {
    return flatbuffers::EndianScalar(hash_);
  }
};
FLATBUFFERS_STRUCT_END(Section, 24);

struct Part FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef PartBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_ROLE = 4,
    VT_DTYPE = 6,
    VT_SHAPE = 8,
    VT_SECTION = 10
  };
  uint8_t role() const {
    return GetField<uint8_t>(VT_ROLE, 0);
  }
  uint8_t dtype() const {
    return GetField<uint8_t>(VT_DTYPE, 0);
  }
  const flatbuffers::Vector<int64_t> *shape() const {
    return GetPointer<const flatbuffers::Vector<int64_t> *>(VT_SHAPE);
  }
  uint32_t section() const {
    return GetField<uint32_t>(VT_SECTION, 0);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyField<uint8_t>(verifier, VT_ROLE, 1) &&
           VerifyField<uint8_t>(verifier, VT_DTYPE, 1) &&
           VerifyOffset(verifier, VT_SHAPE) &&
           verifier.VerifyVector(shape()) &&
           VerifyField<uint32_t>(verifier, VT_SECTION, 4) &&
           verifier.EndTable();
  }
};

struct PartBuilder {
  typedef Part Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_role(uint8_t role) {
    fbb_.AddElement<uint8_t>(Part::VT_ROLE, role, 0);
  }
  void add_dtype(uint8_t dtype) {
    fbb_.AddElement<uint8_t>(Part::VT_DTYPE, dtype, 0);
  }
  void add_shape(flatbuffers::Offset<flatbuffers::Vector<int64_t>> shape) {
    fbb_.AddOffset(Part::VT_SHAPE, shape);
  }
  void add_section(uint32_t section) {
    fbb_.AddElement<uint32_t>(Part::VT_SECTION, section, 0);
  }
  explicit PartBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<Part> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<Part>(end);
    return o;
  }
};

inline flatbuffers::Offset<Part> CreatePart(
    flatbuffers::FlatBufferBuilder &_fbb,
    uint8_t role = 0,
    uint8_t dtype = 0,
    flatbuffers::Offset<flatbuffers::Vector<int64_t>> shape = 0,
    uint32_t section = 0) {
  PartBuilder builder_(_fbb);
  builder_.add_section(section);
  builder_.add_shape(shape);
  builder_.add_dtype(dtype);
  builder_.add_role(role);
  return builder_.Finish();
}

inline flatbuffers::Offset<Part> CreatePartDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    uint8_t role = 0,
    uint8_t dtype = 0,
    const std::vector<int64_t> *shape = nullptr,
    uint32_t section = 0) {
  auto shape__ = shape ? _fbb.CreateVector<int64_t>(*shape) : 0;
  return pawl::fb::CreatePart(
      _fbb,
      role,
      dtype,
      shape__,
      section);
}

struct Scheme FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef SchemeBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_ELEMENT_KIND = 4,
    VT_ELEMENT_BITS = 6,
    VT_TABLE = 8,
    VT_GROUP_KIND = 10,
    VT_GROUP_AXIS = 12,
    VT_GROUP_ROWS = 14,
    VT_GROUP_SIZE = 16,
    VT_SCALE_KIND = 18,
    VT_SCALE_BITS = 20,
    VT_SCALE_SUPER_KIND = 22,
    VT_SCALE_SUPER_BITS = 24,
    VT_SCALE_SUPER_SIZE = 26,
    VT_SCALE_SUPER_DIVIDES = 28,
    VT_OFFSET_KIND = 30,
    VT_OFFSET_TYPE_KIND = 32,
    VT_OFFSET_TYPE_BITS = 34,
    VT_OFFSET_SUPER_KIND = 36,
    VT_OFFSET_SUPER_BITS = 38,
    VT_ARITHMETIC = 40,
    VT_POST_SCALE = 42,
    VT_FULL_RANGE = 44,
    VT_OUTLIER_KIND = 46,
    VT_OUTLIER_BITS = 48,
    VT_INPUT_SCALE = 50,
    VT_ROTATION_BLOCK = 52
  };
  uint8_t element_kind() const {
    return GetField<uint8_t>(VT_ELEMENT_KIND, 0);
  }
  uint8_t element_bits() const {
    return GetField<uint8_t>(VT_ELEMENT_BITS, 0);
  }
  uint8_t table() const {
    return GetField<uint8_t>(VT_TABLE, 0);
  }
  uint8_t group_kind() const {
    return GetField<uint8_t>(VT_GROUP_KIND, 0);
  }
  int32_t group_axis() const {
    return GetField<int32_t>(VT_GROUP_AXIS, 0);
  }
  int32_t group_rows() const {
    return GetField<int32_t>(VT_GROUP_ROWS, 0);
  }
  int64_t group_size() const {
    return GetField<int64_t>(VT_GROUP_SIZE, 0);
  }
  uint8_t scale_kind() const {
    return GetField<uint8_t>(VT_SCALE_KIND, 0);
  }
  uint8_t scale_bits() const {
    return GetField<uint8_t>(VT_SCALE_BITS, 0);
  }
  uint8_t scale_super_kind() const {
    return GetField<uint8_t>(VT_SCALE_SUPER_KIND, 0);
  }
  uint8_t scale_super_bits() const {
    return GetField<uint8_t>(VT_SCALE_SUPER_BITS, 0);
  }
  int64_t scale_super_size() const {
    return GetField<int64_t>(VT_SCALE_SUPER_SIZE, 0);
  }
  bool scale_super_divides() const {
    return GetField<uint8_t>(VT_SCALE_SUPER_DIVIDES, 0) != 0;
  }
  uint8_t offset_kind() const {
    return GetField<uint8_t>(VT_OFFSET_KIND, 0);
  }
  uint8_t offset_type_kind() const {
    return GetField<uint8_t>(VT_OFFSET_TYPE_KIND, 0);
  }
  uint8_t offset_type_bits() const {
    return GetField<uint8_t>(VT_OFFSET_TYPE_BITS, 0);
  }
  uint8_t offset_super_kind() const {
    return GetField<uint8_t>(VT_OFFSET_SUPER_KIND, 0);
  }
  uint8_t offset_super_bits() const {
    return GetField<uint8_t>(VT_OFFSET_SUPER_BITS, 0);
  }
  uint8_t arithmetic() const {
    return GetField<uint8_t>(VT_ARITHMETIC, 0);
  }
  float post_scale() const {
    return GetField<float>(VT_POST_SCALE, 1.0f);
  }
  bool full_range() const {
    return GetField<uint8_t>(VT_FULL_RANGE, 0) != 0;
  }
  uint8_t outlier_kind() const {
    return GetField<uint8_t>(VT_OUTLIER_KIND, 0);
  }
  uint8_t outlier_bits() const {
    return GetField<uint8_t>(VT_OUTLIER_BITS, 0);
  }
  bool input_scale() const {
    return GetField<uint8_t>(VT_INPUT_SCALE, 0) != 0;
  }
  int32_t rotation_block() const {
    return GetField<int32_t>(VT_ROTATION_BLOCK, 0);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyField<uint8_t>(verifier, VT_ELEMENT_KIND, 1) &&
           VerifyField<uint8_t>(verifier, VT_ELEMENT_BITS, 1) &&
           VerifyField<uint8_t>(verifier, VT_TABLE, 1) &&
           VerifyField<uint8_t>(verifier, VT_GROUP_KIND, 1) &&
           VerifyField<int32_t>(verifier, VT_GROUP_AXIS, 4) &&
           VerifyField<int32_t>(verifier, VT_GROUP_ROWS, 4) &&
           VerifyField<int64_t>(verifier, VT_GROUP_SIZE, 8) &&
           VerifyField<uint8_t>(verifier, VT_SCALE_KIND, 1) &&
           VerifyField<uint8_t>(verifier, VT_SCALE_BITS, 1) &&
           VerifyField<uint8_t>(verifier, VT_SCALE_SUPER_KIND, 1) &&
           VerifyField<uint8_t>(verifier, VT_SCALE_SUPER_BITS, 1) &&
           VerifyField<int64_t>(verifier, VT_SCALE_SUPER_SIZE, 8) &&
           VerifyField<uint8_t>(verifier, VT_SCALE_SUPER_DIVIDES, 1) &&
           VerifyField<uint8_t>(verifier, VT_OFFSET_KIND, 1) &&
           VerifyField<uint8_t>(verifier, VT_OFFSET_TYPE_KIND, 1) &&
           VerifyField<uint8_t>(verifier, VT_OFFSET_TYPE_BITS, 1) &&
           VerifyField<uint8_t>(verifier, VT_OFFSET_SUPER_KIND, 1) &&
           VerifyField<uint8_t>(verifier, VT_OFFSET_SUPER_BITS, 1) &&
           VerifyField<uint8_t>(verifier, VT_ARITHMETIC, 1) &&
           VerifyField<float>(verifier, VT_POST_SCALE, 4) &&
           VerifyField<uint8_t>(verifier, VT_FULL_RANGE, 1) &&
           VerifyField<uint8_t>(verifier, VT_OUTLIER_KIND, 1) &&
           VerifyField<uint8_t>(verifier, VT_OUTLIER_BITS, 1) &&
           VerifyField<uint8_t>(verifier, VT_INPUT_SCALE, 1) &&
           VerifyField<int32_t>(verifier, VT_ROTATION_BLOCK, 4) &&
           verifier.EndTable();
  }
};

struct SchemeBuilder {
  typedef Scheme Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_element_kind(uint8_t element_kind) {
    fbb_.AddElement<uint8_t>(Scheme::VT_ELEMENT_KIND, element_kind, 0);
  }
  void add_element_bits(uint8_t element_bits) {
    fbb_.AddElement<uint8_t>(Scheme::VT_ELEMENT_BITS, element_bits, 0);
  }
  void add_table(uint8_t table) {
    fbb_.AddElement<uint8_t>(Scheme::VT_TABLE, table, 0);
  }
  void add_group_kind(uint8_t group_kind) {
    fbb_.AddElement<uint8_t>(Scheme::VT_GROUP_KIND, group_kind, 0);
  }
  void add_group_axis(int32_t group_axis) {
    fbb_.AddElement<int32_t>(Scheme::VT_GROUP_AXIS, group_axis, 0);
  }
  void add_group_rows(int32_t group_rows) {
    fbb_.AddElement<int32_t>(Scheme::VT_GROUP_ROWS, group_rows, 0);
  }
  void add_group_size(int64_t group_size) {
    fbb_.AddElement<int64_t>(Scheme::VT_GROUP_SIZE, group_size, 0);
  }
  void add_scale_kind(uint8_t scale_kind) {
    fbb_.AddElement<uint8_t>(Scheme::VT_SCALE_KIND, scale_kind, 0);
  }
  void add_scale_bits(uint8_t scale_bits) {
    fbb_.AddElement<uint8_t>(Scheme::VT_SCALE_BITS, scale_bits, 0);
  }
  void add_scale_super_kind(uint8_t scale_super_kind) {
    fbb_.AddElement<uint8_t>(Scheme::VT_SCALE_SUPER_KIND, scale_super_kind, 0);
  }
  void add_scale_super_bits(uint8_t scale_super_bits) {
    fbb_.AddElement<uint8_t>(Scheme::VT_SCALE_SUPER_BITS, scale_super_bits, 0);
  }
  void add_scale_super_size(int64_t scale_super_size) {
    fbb_.AddElement<int64_t>(Scheme::VT_SCALE_SUPER_SIZE, scale_super_size, 0);
  }
  void add_scale_super_divides(bool scale_super_divides) {
    fbb_.AddElement<uint8_t>(Scheme::VT_SCALE_SUPER_DIVIDES, static_cast<uint8_t>(scale_super_divides), 0);
  }
  void add_offset_kind(uint8_t offset_kind) {
    fbb_.AddElement<uint8_t>(Scheme::VT_OFFSET_KIND, offset_kind, 0);
  }
  void add_offset_type_kind(uint8_t offset_type_kind) {
    fbb_.AddElement<uint8_t>(Scheme::VT_OFFSET_TYPE_KIND, offset_type_kind, 0);
  }
  void add_offset_type_bits(uint8_t offset_type_bits) {
    fbb_.AddElement<uint8_t>(Scheme::VT_OFFSET_TYPE_BITS, offset_type_bits, 0);
  }
  void add_offset_super_kind(uint8_t offset_super_kind) {
    fbb_.AddElement<uint8_t>(Scheme::VT_OFFSET_SUPER_KIND, offset_super_kind, 0);
  }
  void add_offset_super_bits(uint8_t offset_super_bits) {
    fbb_.AddElement<uint8_t>(Scheme::VT_OFFSET_SUPER_BITS, offset_super_bits, 0);
  }
  void add_arithmetic(uint8_t arithmetic) {
    fbb_.AddElement<uint8_t>(Scheme::VT_ARITHMETIC, arithmetic, 0);
  }
  void add_post_scale(float post_scale) {
    fbb_.AddElement<float>(Scheme::VT_POST_SCALE, post_scale, 1.0f);
  }
  void add_full_range(bool full_range) {
    fbb_.AddElement<uint8_t>(Scheme::VT_FULL_RANGE, static_cast<uint8_t>(full_range), 0);
  }
  void add_outlier_kind(uint8_t outlier_kind) {
    fbb_.AddElement<uint8_t>(Scheme::VT_OUTLIER_KIND, outlier_kind, 0);
  }
  void add_outlier_bits(uint8_t outlier_bits) {
    fbb_.AddElement<uint8_t>(Scheme::VT_OUTLIER_BITS, outlier_bits, 0);
  }
  void add_input_scale(bool input_scale) {
    fbb_.AddElement<uint8_t>(Scheme::VT_INPUT_SCALE, static_cast<uint8_t>(input_scale), 0);
  }
  void add_rotation_block(int32_t rotation_block) {
    fbb_.AddElement<int32_t>(Scheme::VT_ROTATION_BLOCK, rotation_block, 0);
  }
  explicit SchemeBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<Scheme> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<Scheme>(end);
    return o;
  }
};

inline flatbuffers::Offset<Scheme> CreateScheme(
    flatbuffers::FlatBufferBuilder &_fbb,
    uint8_t element_kind = 0,
    uint8_t element_bits = 0,
    uint8_t table = 0,
    uint8_t group_kind = 0,
    int32_t group_axis = 0,
    int32_t group_rows = 0,
    int64_t group_size = 0,
    uint8_t scale_kind = 0,
    uint8_t scale_bits = 0,
    uint8_t scale_super_kind = 0,
    uint8_t scale_super_bits = 0,
    int64_t scale_super_size = 0,
    bool scale_super_divides = false,
    uint8_t offset_kind = 0,
    uint8_t offset_type_kind = 0,
    uint8_t offset_type_bits = 0,
    uint8_t offset_super_kind = 0,
    uint8_t offset_super_bits = 0,
    uint8_t arithmetic = 0,
    float post_scale = 1.0f,
    bool full_range = false,
    uint8_t outlier_kind = 0,
    uint8_t outlier_bits = 0,
    bool input_scale = false,
    int32_t rotation_block = 0) {
  SchemeBuilder builder_(_fbb);
  builder_.add_scale_super_size(scale_super_size);
  builder_.add_group_size(group_size);
  builder_.add_rotation_block(rotation_block);
  builder_.add_post_scale(post_scale);
  builder_.add_group_rows(group_rows);
  builder_.add_group_axis(group_axis);
  builder_.add_input_scale(input_scale);
  builder_.add_outlier_bits(outlier_bits);
  builder_.add_outlier_kind(outlier_kind);
  builder_.add_full_range(full_range);
  builder_.add_arithmetic(arithmetic);
  builder_.add_offset_super_bits(offset_super_bits);
  builder_.add_offset_super_kind(offset_super_kind);
  builder_.add_offset_type_bits(offset_type_bits);
  builder_.add_offset_type_kind(offset_type_kind);
  builder_.add_offset_kind(offset_kind);
  builder_.add_scale_super_divides(scale_super_divides);
  builder_.add_scale_super_bits(scale_super_bits);
  builder_.add_scale_super_kind(scale_super_kind);
  builder_.add_scale_bits(scale_bits);
  builder_.add_scale_kind(scale_kind);
  builder_.add_group_kind(group_kind);
  builder_.add_table(table);
  builder_.add_element_bits(element_bits);
  builder_.add_element_kind(element_kind);
  return builder_.Finish();
}

struct Packed FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef PackedBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_KIND = 4,
    VT_LAYOUT = 6,
    VT_MODE = 8,
    VT_ACTIVATION_GROUPS = 10,
    VT_ACTIVATION = 12,
    VT_ROUND_LEVELS = 14,
    VT_ACTIVATION_DTYPE = 16,
    VT_ACTIVATION_SCALE = 18,
    VT_ACTIVATION_ZERO_POINT = 20,
    VT_OUTPUT_DTYPE = 22,
    VT_OUTPUT_SCALE = 24,
    VT_OUTPUT_ZERO_POINT = 26,
    VT_ROUNDING = 28,
    VT_BITS = 30,
    VT_TABLE_BITS = 32,
    VT_ZERO = 34,
    VT_SUPER_SIZE = 36,
    VT_SCALE_BIAS = 38,
    VT_MINIMUM_BIAS = 40,
    VT_COMPUTE = 42
  };
  uint8_t kind() const {
    return GetField<uint8_t>(VT_KIND, 0);
  }
  uint32_t layout() const {
    return GetField<uint32_t>(VT_LAYOUT, 0);
  }
  uint8_t mode() const {
    return GetField<uint8_t>(VT_MODE, 0);
  }
  uint8_t activation_groups() const {
    return GetField<uint8_t>(VT_ACTIVATION_GROUPS, 0);
  }
  uint8_t activation() const {
    return GetField<uint8_t>(VT_ACTIVATION, 0);
  }
  bool round_levels() const {
    return GetField<uint8_t>(VT_ROUND_LEVELS, 0) != 0;
  }
  uint8_t activation_dtype() const {
    return GetField<uint8_t>(VT_ACTIVATION_DTYPE, 0);
  }
  float activation_scale() const {
    return GetField<float>(VT_ACTIVATION_SCALE, 0.0f);
  }
  int32_t activation_zero_point() const {
    return GetField<int32_t>(VT_ACTIVATION_ZERO_POINT, 0);
  }
  uint8_t output_dtype() const {
    return GetField<uint8_t>(VT_OUTPUT_DTYPE, 0);
  }
  float output_scale() const {
    return GetField<float>(VT_OUTPUT_SCALE, 0.0f);
  }
  int32_t output_zero_point() const {
    return GetField<int32_t>(VT_OUTPUT_ZERO_POINT, 0);
  }
  uint8_t rounding() const {
    return GetField<uint8_t>(VT_ROUNDING, 0);
  }
  int32_t bits() const {
    return GetField<int32_t>(VT_BITS, 0);
  }
  int32_t table_bits() const {
    return GetField<int32_t>(VT_TABLE_BITS, 0);
  }
  int32_t zero() const {
    return GetField<int32_t>(VT_ZERO, 0);
  }
  int32_t super_size() const {
    return GetField<int32_t>(VT_SUPER_SIZE, 0);
  }
  int32_t scale_bias() const {
    return GetField<int32_t>(VT_SCALE_BIAS, 0);
  }
  int32_t minimum_bias() const {
    return GetField<int32_t>(VT_MINIMUM_BIAS, 0);
  }
  uint8_t compute() const {
    return GetField<uint8_t>(VT_COMPUTE, 0);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyField<uint8_t>(verifier, VT_KIND, 1) &&
           VerifyField<uint32_t>(verifier, VT_LAYOUT, 4) &&
           VerifyField<uint8_t>(verifier, VT_MODE, 1) &&
           VerifyField<uint8_t>(verifier, VT_ACTIVATION_GROUPS, 1) &&
           VerifyField<uint8_t>(verifier, VT_ACTIVATION, 1) &&
           VerifyField<uint8_t>(verifier, VT_ROUND_LEVELS, 1) &&
           VerifyField<uint8_t>(verifier, VT_ACTIVATION_DTYPE, 1) &&
           VerifyField<float>(verifier, VT_ACTIVATION_SCALE, 4) &&
           VerifyField<int32_t>(verifier, VT_ACTIVATION_ZERO_POINT, 4) &&
           VerifyField<uint8_t>(verifier, VT_OUTPUT_DTYPE, 1) &&
           VerifyField<float>(verifier, VT_OUTPUT_SCALE, 4) &&
           VerifyField<int32_t>(verifier, VT_OUTPUT_ZERO_POINT, 4) &&
           VerifyField<uint8_t>(verifier, VT_ROUNDING, 1) &&
           VerifyField<int32_t>(verifier, VT_BITS, 4) &&
           VerifyField<int32_t>(verifier, VT_TABLE_BITS, 4) &&
           VerifyField<int32_t>(verifier, VT_ZERO, 4) &&
           VerifyField<int32_t>(verifier, VT_SUPER_SIZE, 4) &&
           VerifyField<int32_t>(verifier, VT_SCALE_BIAS, 4) &&
           VerifyField<int32_t>(verifier, VT_MINIMUM_BIAS, 4) &&
           VerifyField<uint8_t>(verifier, VT_COMPUTE, 1) &&
           verifier.EndTable();
  }
};

struct PackedBuilder {
  typedef Packed Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_kind(uint8_t kind) {
    fbb_.AddElement<uint8_t>(Packed::VT_KIND, kind, 0);
  }
  void add_layout(uint32_t layout) {
    fbb_.AddElement<uint32_t>(Packed::VT_LAYOUT, layout, 0);
  }
  void add_mode(uint8_t mode) {
    fbb_.AddElement<uint8_t>(Packed::VT_MODE, mode, 0);
  }
  void add_activation_groups(uint8_t activation_groups) {
    fbb_.AddElement<uint8_t>(Packed::VT_ACTIVATION_GROUPS, activation_groups, 0);
  }
  void add_activation(uint8_t activation) {
    fbb_.AddElement<uint8_t>(Packed::VT_ACTIVATION, activation, 0);
  }
  void add_round_levels(bool round_levels) {
    fbb_.AddElement<uint8_t>(Packed::VT_ROUND_LEVELS, static_cast<uint8_t>(round_levels), 0);
  }
  void add_activation_dtype(uint8_t activation_dtype) {
    fbb_.AddElement<uint8_t>(Packed::VT_ACTIVATION_DTYPE, activation_dtype, 0);
  }
  void add_activation_scale(float activation_scale) {
    fbb_.AddElement<float>(Packed::VT_ACTIVATION_SCALE, activation_scale, 0.0f);
  }
  void add_activation_zero_point(int32_t activation_zero_point) {
    fbb_.AddElement<int32_t>(Packed::VT_ACTIVATION_ZERO_POINT, activation_zero_point, 0);
  }
  void add_output_dtype(uint8_t output_dtype) {
    fbb_.AddElement<uint8_t>(Packed::VT_OUTPUT_DTYPE, output_dtype, 0);
  }
  void add_output_scale(float output_scale) {
    fbb_.AddElement<float>(Packed::VT_OUTPUT_SCALE, output_scale, 0.0f);
  }
  void add_output_zero_point(int32_t output_zero_point) {
    fbb_.AddElement<int32_t>(Packed::VT_OUTPUT_ZERO_POINT, output_zero_point, 0);
  }
  void add_rounding(uint8_t rounding) {
    fbb_.AddElement<uint8_t>(Packed::VT_ROUNDING, rounding, 0);
  }
  void add_bits(int32_t bits) {
    fbb_.AddElement<int32_t>(Packed::VT_BITS, bits, 0);
  }
  void add_table_bits(int32_t table_bits) {
    fbb_.AddElement<int32_t>(Packed::VT_TABLE_BITS, table_bits, 0);
  }
  void add_zero(int32_t zero) {
    fbb_.AddElement<int32_t>(Packed::VT_ZERO, zero, 0);
  }
  void add_super_size(int32_t super_size) {
    fbb_.AddElement<int32_t>(Packed::VT_SUPER_SIZE, super_size, 0);
  }
  void add_scale_bias(int32_t scale_bias) {
    fbb_.AddElement<int32_t>(Packed::VT_SCALE_BIAS, scale_bias, 0);
  }
  void add_minimum_bias(int32_t minimum_bias) {
    fbb_.AddElement<int32_t>(Packed::VT_MINIMUM_BIAS, minimum_bias, 0);
  }
  void add_compute(uint8_t compute) {
    fbb_.AddElement<uint8_t>(Packed::VT_COMPUTE, compute, 0);
  }
  explicit PackedBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<Packed> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<Packed>(end);
    return o;
  }
};

inline flatbuffers::Offset<Packed> CreatePacked(
    flatbuffers::FlatBufferBuilder &_fbb,
    uint8_t kind = 0,
    uint32_t layout = 0,
    uint8_t mode = 0,
    uint8_t activation_groups = 0,
    uint8_t activation = 0,
    bool round_levels = false,
    uint8_t activation_dtype = 0,
    float activation_scale = 0.0f,
    int32_t activation_zero_point = 0,
    uint8_t output_dtype = 0,
    float output_scale = 0.0f,
    int32_t output_zero_point = 0,
    uint8_t rounding = 0,
    int32_t bits = 0,
    int32_t table_bits = 0,
    int32_t zero = 0,
    int32_t super_size = 0,
    int32_t scale_bias = 0,
    int32_t minimum_bias = 0,
    uint8_t compute = 0) {
  PackedBuilder builder_(_fbb);
  builder_.add_minimum_bias(minimum_bias);
  builder_.add_scale_bias(scale_bias);
  builder_.add_super_size(super_size);
  builder_.add_zero(zero);
  builder_.add_table_bits(table_bits);
  builder_.add_bits(bits);
  builder_.add_output_zero_point(output_zero_point);
  builder_.add_output_scale(output_scale);
  builder_.add_activation_zero_point(activation_zero_point);
  builder_.add_activation_scale(activation_scale);
  builder_.add_layout(layout);
  builder_.add_compute(compute);
  builder_.add_rounding(rounding);
  builder_.add_output_dtype(output_dtype);
  builder_.add_activation_dtype(activation_dtype);
  builder_.add_round_levels(round_levels);
  builder_.add_activation(activation);
  builder_.add_activation_groups(activation_groups);
  builder_.add_mode(mode);
  builder_.add_kind(kind);
  return builder_.Finish();
}

struct Tensor FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef TensorBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_NAME = 4,
    VT_KIND = 6,
    VT_NEEDS = 8,
    VT_SHAPE = 10,
    VT_PARTS = 12,
    VT_SCHEME = 14,
    VT_SCALE_OFFSET = 16,
    VT_PACKED = 18
  };
  const flatbuffers::String *name() const {
    return GetPointer<const flatbuffers::String *>(VT_NAME);
  }
  uint8_t kind() const {
    return GetField<uint8_t>(VT_KIND, 0);
  }
  uint64_t needs() const {
    return GetField<uint64_t>(VT_NEEDS, 0);
  }
  const flatbuffers::Vector<int64_t> *shape() const {
    return GetPointer<const flatbuffers::Vector<int64_t> *>(VT_SHAPE);
  }
  const flatbuffers::Vector<flatbuffers::Offset<pawl::fb::Part>> *parts() const {
    return GetPointer<const flatbuffers::Vector<flatbuffers::Offset<pawl::fb::Part>> *>(VT_PARTS);
  }
  const pawl::fb::Scheme *scheme() const {
    return GetPointer<const pawl::fb::Scheme *>(VT_SCHEME);
  }
  float scale_offset() const {
    return GetField<float>(VT_SCALE_OFFSET, 0.0f);
  }
  const pawl::fb::Packed *packed() const {
    return GetPointer<const pawl::fb::Packed *>(VT_PACKED);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyOffsetRequired(verifier, VT_NAME) &&
           verifier.VerifyString(name()) &&
           VerifyField<uint8_t>(verifier, VT_KIND, 1) &&
           VerifyField<uint64_t>(verifier, VT_NEEDS, 8) &&
           VerifyOffset(verifier, VT_SHAPE) &&
           verifier.VerifyVector(shape()) &&
           VerifyOffset(verifier, VT_PARTS) &&
           verifier.VerifyVector(parts()) &&
           verifier.VerifyVectorOfTables(parts()) &&
           VerifyOffset(verifier, VT_SCHEME) &&
           verifier.VerifyTable(scheme()) &&
           VerifyField<float>(verifier, VT_SCALE_OFFSET, 4) &&
           VerifyOffset(verifier, VT_PACKED) &&
           verifier.VerifyTable(packed()) &&
           verifier.EndTable();
  }
};

struct TensorBuilder {
  typedef Tensor Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_name(flatbuffers::Offset<flatbuffers::String> name) {
    fbb_.AddOffset(Tensor::VT_NAME, name);
  }
  void add_kind(uint8_t kind) {
    fbb_.AddElement<uint8_t>(Tensor::VT_KIND, kind, 0);
  }
  void add_needs(uint64_t needs) {
    fbb_.AddElement<uint64_t>(Tensor::VT_NEEDS, needs, 0);
  }
  void add_shape(flatbuffers::Offset<flatbuffers::Vector<int64_t>> shape) {
    fbb_.AddOffset(Tensor::VT_SHAPE, shape);
  }
  void add_parts(flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<pawl::fb::Part>>> parts) {
    fbb_.AddOffset(Tensor::VT_PARTS, parts);
  }
  void add_scheme(flatbuffers::Offset<pawl::fb::Scheme> scheme) {
    fbb_.AddOffset(Tensor::VT_SCHEME, scheme);
  }
  void add_scale_offset(float scale_offset) {
    fbb_.AddElement<float>(Tensor::VT_SCALE_OFFSET, scale_offset, 0.0f);
  }
  void add_packed(flatbuffers::Offset<pawl::fb::Packed> packed) {
    fbb_.AddOffset(Tensor::VT_PACKED, packed);
  }
  explicit TensorBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<Tensor> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<Tensor>(end);
    fbb_.Required(o, Tensor::VT_NAME);
    return o;
  }
};

inline flatbuffers::Offset<Tensor> CreateTensor(
    flatbuffers::FlatBufferBuilder &_fbb,
    flatbuffers::Offset<flatbuffers::String> name = 0,
    uint8_t kind = 0,
    uint64_t needs = 0,
    flatbuffers::Offset<flatbuffers::Vector<int64_t>> shape = 0,
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<pawl::fb::Part>>> parts = 0,
    flatbuffers::Offset<pawl::fb::Scheme> scheme = 0,
    float scale_offset = 0.0f,
    flatbuffers::Offset<pawl::fb::Packed> packed = 0) {
  TensorBuilder builder_(_fbb);
  builder_.add_needs(needs);
  builder_.add_packed(packed);
  builder_.add_scale_offset(scale_offset);
  builder_.add_scheme(scheme);
  builder_.add_parts(parts);
  builder_.add_shape(shape);
  builder_.add_name(name);
  builder_.add_kind(kind);
  return builder_.Finish();
}

inline flatbuffers::Offset<Tensor> CreateTensorDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    const char *name = nullptr,
    uint8_t kind = 0,
    uint64_t needs = 0,
    const std::vector<int64_t> *shape = nullptr,
    const std::vector<flatbuffers::Offset<pawl::fb::Part>> *parts = nullptr,
    flatbuffers::Offset<pawl::fb::Scheme> scheme = 0,
    float scale_offset = 0.0f,
    flatbuffers::Offset<pawl::fb::Packed> packed = 0) {
  auto name__ = name ? _fbb.CreateString(name) : 0;
  auto shape__ = shape ? _fbb.CreateVector<int64_t>(*shape) : 0;
  auto parts__ = parts ? _fbb.CreateVector<flatbuffers::Offset<pawl::fb::Part>>(*parts) : 0;
  return pawl::fb::CreateTensor(
      _fbb,
      name__,
      kind,
      needs,
      shape__,
      parts__,
      scheme,
      scale_offset,
      packed);
}

struct KeyValue FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef KeyValueBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_KEY = 4,
    VT_VALUE = 6
  };
  const flatbuffers::String *key() const {
    return GetPointer<const flatbuffers::String *>(VT_KEY);
  }
  const flatbuffers::String *value() const {
    return GetPointer<const flatbuffers::String *>(VT_VALUE);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyOffsetRequired(verifier, VT_KEY) &&
           verifier.VerifyString(key()) &&
           VerifyOffsetRequired(verifier, VT_VALUE) &&
           verifier.VerifyString(value()) &&
           verifier.EndTable();
  }
};

struct KeyValueBuilder {
  typedef KeyValue Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_key(flatbuffers::Offset<flatbuffers::String> key) {
    fbb_.AddOffset(KeyValue::VT_KEY, key);
  }
  void add_value(flatbuffers::Offset<flatbuffers::String> value) {
    fbb_.AddOffset(KeyValue::VT_VALUE, value);
  }
  explicit KeyValueBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<KeyValue> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<KeyValue>(end);
    fbb_.Required(o, KeyValue::VT_KEY);
    fbb_.Required(o, KeyValue::VT_VALUE);
    return o;
  }
};

inline flatbuffers::Offset<KeyValue> CreateKeyValue(
    flatbuffers::FlatBufferBuilder &_fbb,
    flatbuffers::Offset<flatbuffers::String> key = 0,
    flatbuffers::Offset<flatbuffers::String> value = 0) {
  KeyValueBuilder builder_(_fbb);
  builder_.add_value(value);
  builder_.add_key(key);
  return builder_.Finish();
}

inline flatbuffers::Offset<KeyValue> CreateKeyValueDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    const char *key = nullptr,
    const char *value = nullptr) {
  auto key__ = key ? _fbb.CreateString(key) : 0;
  auto value__ = value ? _fbb.CreateString(value) : 0;
  return pawl::fb::CreateKeyValue(
      _fbb,
      key__,
      value__);
}

struct Header FLATBUFFERS_FINAL_CLASS : private flatbuffers::Table {
  typedef HeaderBuilder Builder;
  enum FlatBuffersVTableOffset FLATBUFFERS_VTABLE_UNDERLYING_TYPE {
    VT_NEEDS = 4,
    VT_SECTIONS = 6,
    VT_TENSORS = 8,
    VT_METADATA = 10,
    VT_RECIPE = 12,
    VT_SOURCE_HASH = 14
  };
  uint64_t needs() const {
    return GetField<uint64_t>(VT_NEEDS, 0);
  }
  const flatbuffers::Vector<const pawl::fb::Section *> *sections() const {
    return GetPointer<const flatbuffers::Vector<const pawl::fb::Section *> *>(VT_SECTIONS);
  }
  const flatbuffers::Vector<flatbuffers::Offset<pawl::fb::Tensor>> *tensors() const {
    return GetPointer<const flatbuffers::Vector<flatbuffers::Offset<pawl::fb::Tensor>> *>(VT_TENSORS);
  }
  const flatbuffers::Vector<flatbuffers::Offset<pawl::fb::KeyValue>> *metadata() const {
    return GetPointer<const flatbuffers::Vector<flatbuffers::Offset<pawl::fb::KeyValue>> *>(VT_METADATA);
  }
  const flatbuffers::String *recipe() const {
    return GetPointer<const flatbuffers::String *>(VT_RECIPE);
  }
  const flatbuffers::String *source_hash() const {
    return GetPointer<const flatbuffers::String *>(VT_SOURCE_HASH);
  }
  bool Verify(flatbuffers::Verifier &verifier) const {
    return VerifyTableStart(verifier) &&
           VerifyField<uint64_t>(verifier, VT_NEEDS, 8) &&
           VerifyOffset(verifier, VT_SECTIONS) &&
           verifier.VerifyVector(sections()) &&
           VerifyOffset(verifier, VT_TENSORS) &&
           verifier.VerifyVector(tensors()) &&
           verifier.VerifyVectorOfTables(tensors()) &&
           VerifyOffset(verifier, VT_METADATA) &&
           verifier.VerifyVector(metadata()) &&
           verifier.VerifyVectorOfTables(metadata()) &&
           VerifyOffset(verifier, VT_RECIPE) &&
           verifier.VerifyString(recipe()) &&
           VerifyOffset(verifier, VT_SOURCE_HASH) &&
           verifier.VerifyString(source_hash()) &&
           verifier.EndTable();
  }
};

struct HeaderBuilder {
  typedef Header Table;
  flatbuffers::FlatBufferBuilder &fbb_;
  flatbuffers::uoffset_t start_;
  void add_needs(uint64_t needs) {
    fbb_.AddElement<uint64_t>(Header::VT_NEEDS, needs, 0);
  }
  void add_sections(flatbuffers::Offset<flatbuffers::Vector<const pawl::fb::Section *>> sections) {
    fbb_.AddOffset(Header::VT_SECTIONS, sections);
  }
  void add_tensors(flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<pawl::fb::Tensor>>> tensors) {
    fbb_.AddOffset(Header::VT_TENSORS, tensors);
  }
  void add_metadata(flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<pawl::fb::KeyValue>>> metadata) {
    fbb_.AddOffset(Header::VT_METADATA, metadata);
  }
  void add_recipe(flatbuffers::Offset<flatbuffers::String> recipe) {
    fbb_.AddOffset(Header::VT_RECIPE, recipe);
  }
  void add_source_hash(flatbuffers::Offset<flatbuffers::String> source_hash) {
    fbb_.AddOffset(Header::VT_SOURCE_HASH, source_hash);
  }
  explicit HeaderBuilder(flatbuffers::FlatBufferBuilder &_fbb)
        : fbb_(_fbb) {
    start_ = fbb_.StartTable();
  }
  flatbuffers::Offset<Header> Finish() {
    const auto end = fbb_.EndTable(start_);
    auto o = flatbuffers::Offset<Header>(end);
    return o;
  }
};

inline flatbuffers::Offset<Header> CreateHeader(
    flatbuffers::FlatBufferBuilder &_fbb,
    uint64_t needs = 0,
    flatbuffers::Offset<flatbuffers::Vector<const pawl::fb::Section *>> sections = 0,
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<pawl::fb::Tensor>>> tensors = 0,
    flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<pawl::fb::KeyValue>>> metadata = 0,
    flatbuffers::Offset<flatbuffers::String> recipe = 0,
    flatbuffers::Offset<flatbuffers::String> source_hash = 0) {
  HeaderBuilder builder_(_fbb);
  builder_.add_needs(needs);
  builder_.add_source_hash(source_hash);
  builder_.add_recipe(recipe);
  builder_.add_metadata(metadata);
  builder_.add_tensors(tensors);
  builder_.add_sections(sections);
  return builder_.Finish();
}

inline flatbuffers::Offset<Header> CreateHeaderDirect(
    flatbuffers::FlatBufferBuilder &_fbb,
    uint64_t needs = 0,
    const std::vector<pawl::fb::Section> *sections = nullptr,
    const std::vector<flatbuffers::Offset<pawl::fb::Tensor>> *tensors = nullptr,
    const std::vector<flatbuffers::Offset<pawl::fb::KeyValue>> *metadata = nullptr,
    const char *recipe = nullptr,
    const char *source_hash = nullptr) {
  auto sections__ = sections ? _fbb.CreateVectorOfStructs<pawl::fb::Section>(*sections) : 0;
  auto tensors__ = tensors ? _fbb.CreateVector<flatbuffers::Offset<pawl::fb::Tensor>>(*tensors) : 0;
  auto metadata__ = metadata ? _fbb.CreateVector<flatbuffers::Offset<pawl::fb::KeyValue>>(*metadata) : 0;
  auto recipe__ = recipe ? _fbb.CreateString(recipe) : 0;
  auto source_hash__ = source_hash ? _fbb.CreateString(source_hash) : 0;
  return pawl::fb::CreateHeader(
      _fbb,
      needs,
      sections__,
      tensors__,
      metadata__,
      recipe__,
      source_hash__);
}

inline const pawl::fb::Header *GetHeader(const void *buf) {
  return flatbuffers::GetRoot<pawl::fb::Header>(buf);
}

inline const pawl::fb::Header *GetSizePrefixedHeader(const void *buf) {
  return flatbuffers::GetSizePrefixedRoot<pawl::fb::Header>(buf);
}

inline const char *HeaderIdentifier() {
  return "PAWL";
}

inline bool HeaderBufferHasIdentifier(const void *buf) {
  return flatbuffers::BufferHasIdentifier(
      buf, HeaderIdentifier());
}

inline bool SizePrefixedHeaderBufferHasIdentifier(const void *buf) {
  return flatbuffers::BufferHasIdentifier(
      buf, HeaderIdentifier(), true);
}

inline bool VerifyHeaderBuffer(
    flatbuffers::Verifier &verifier) {
  return verifier.VerifyBuffer<pawl::fb::Header>(HeaderIdentifier());
}

inline bool VerifySizePrefixedHeaderBuffer(
    flatbuffers::Verifier &verifier) {
  return verifier.VerifySizePrefixedBuffer<pawl::fb::Header>(HeaderIdentifier());
}

inline const char *HeaderExtension() {
  return "pawl";
}

inline void FinishHeaderBuffer(
    flatbuffers::FlatBufferBuilder &fbb,
    flatbuffers::Offset<pawl::fb::Header> root) {
  fbb.Finish(root, HeaderIdentifier());
}

inline void FinishSizePrefixedHeaderBuffer(
    flatbuffers::FlatBufferBuilder &fbb,
    flatbuffers::Offset<pawl::fb::Header> root) {
  fbb.FinishSizePrefixed(root, HeaderIdentifier());
}

}  // namespace fb
}  // namespace pawl

#endif  // FLATBUFFERS_GENERATED_PAWL_PAWL_FB_H_
