# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""The enums of pawl.h. Made from capi/pawl.h by tests/hosts/bindings.py --update; do not edit."""

from enum import IntEnum

__all__ = [
    "ActivationGroups",
    "Arithmetic",
    "CheckpointFormat",
    "CheckpointSetting",
    "DType",
    "ElementKind",
    "ErrorFigure",
    "EvalFigure",
    "ExportFormat",
    "FileFormat",
    "FusedActivation",
    "GraphFigure",
    "GraphFormat",
    "GraphMode",
    "GraphTarget",
    "GroupKind",
    "ImageLayout",
    "LanguageModelFigure",
    "LinearCompute",
    "LinearMode",
    "ListId",
    "LogLevel",
    "MethodFigure",
    "ObserverKind",
    "ObserverRange",
    "OffsetKind",
    "OperatorType",
    "OptionId",
    "OptionType",
    "OptionsKind",
    "PackedKind",
    "ParamKind",
    "Part",
    "PassChoice",
    "QuantizeStat",
    "RangeMethod",
    "ReportFigure",
    "Rotated",
    "Rounding",
    "SchemeField",
    "Status",
    "TableKind",
    "ValueKind",
]


class Status(IntEnum):
    """`enum pawl_status` of pawl.h."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


class ListId(IntEnum):
    """`enum pawl_list` of pawl.h."""

    SCHEMES = 0
    TARGETS = 1
    SUPPORTED_TARGETS = 2
    METHODS = 3
    DTYPES = 4
    FORMATS = 5
    CHECKPOINTS = 6
    ELEMENTS = 7
    GROUPS = 8
    OFFSETS = 9
    SCALES = 10
    SCHEME_PARTS = 11
    RANGES = 12
    OBSERVERS = 13
    ACTIVATION_RANGES = 14
    OPERATOR_TYPES = 15
    GRAPH_MODES = 16
    GRAPH_TARGETS = 17
    GRAPH_FORMATS = 18
    PASS_CHOICES = 19
    MODEL_FOLDERS = 20


class OptionsKind(IntEnum):
    """`enum pawl_options_kind` of pawl.h."""

    CONTEXT = 1
    QUANTIZE = 2
    OBSERVER = 3
    RANGE = 4
    LINEAR = 5
    JOB = 6
    CONV = 7
    EXECUTOR = 8
    GRAPH_JOB = 9
    FACTOR = 10
    GPTQ = 11
    PRUNING = 12
    AWQ = 13
    HQQ = 14
    BLOCK_SEARCH = 15
    LANGUAGE_MODEL = 16
    EVAL = 17


class OptionType(IntEnum):
    """`enum pawl_option_value` of pawl.h."""

    INT = 1
    DOUBLE = 2
    STRING = 3
    INTS = 4
    FLOATS = 5
    TENSOR = 6


class OptionId(IntEnum):
    """`enum pawl_option` of pawl.h."""

    THREADS = 101
    TARGET = 102
    SPIN_MICROSECONDS = 103
    RANGE_METHOD = 201
    PERCENTILE = 202
    IMPORTANCE = 203
    KMEANS_ITERATIONS = 204
    OUTLIER_COLUMNS = 205
    GROUP_INDEX = 206
    INPUT_SCALE = 207
    ROTATION_SEED = 208
    OBSERVER_KIND = 301
    PER_CHANNEL = 302
    AXIS = 303
    BINS = 304
    MOMENTUM = 305
    OBSERVER_RANGE = 401
    OBSERVER_PERCENTILE = 402
    MIN_CODE = 403
    MAX_CODE = 404
    SYMMETRIC = 405
    LINEAR_MODE = 501
    NAME = 502
    ACTIVATION_GROUPS = 503
    FUSED_ACTIVATION = 504
    BIAS = 505
    ACTIVATION_DTYPE = 506
    ACTIVATION_SCALE = 507
    ACTIVATION_ZERO_POINT = 508
    OUTPUT_DTYPE = 509
    OUTPUT_SCALE = 510
    OUTPUT_ZERO_POINT = 511
    ROUNDING = 512
    MULTIPLIERS = 513
    RELEASE_CANONICAL = 514
    ROUND_LEVELS = 515
    LINEAR_COMPUTE = 516
    INPUT = 601
    OUTPUT = 602
    CALIBRATION = 603
    DRY_RUN = 604
    MAX_MEMORY = 605
    RESUME = 606
    CHECKPOINT_BYTES = 607
    CALIBRATION_IDS = 608
    CALIBRATION_CONTEXT = 609
    IMATRIX = 610
    IMATRIX_OUTPUT = 611
    CONV_CHANNELS = 701
    CONV_GROUPS = 702
    CONV_KERNEL = 703
    CONV_STRIDES = 704
    CONV_DILATIONS = 705
    CONV_PADS = 706
    IMAGE_LAYOUT = 707
    RUN_MEMORY = 801
    FUSE = 802
    KEEP_OBSERVED = 803
    GRAPH_INPUT = 901
    GRAPH_OUTPUT = 902
    GRAPH_CALIBRATION = 903
    GRAPH_MODE = 904
    GRAPH_TARGET = 905
    GRAPH_FORMAT = 906
    GRAPH_CHECK_SAMPLES = 907
    GRAPH_MAX_DROP = 908
    GRAPH_METRIC = 909
    GRAPH_DRY_RUN = 910
    GRAPH_RUN_MEMORY = 911
    RANGE_SEARCH = 912
    CLIP_SEARCH = 913
    BIAS_CORRECTION = 914
    EQUALIZE = 915
    SMOOTH_QUANT = 916
    SMOOTH_ALPHA = 917
    FITTED_ROUNDING = 918
    DAMPING = 1001
    BY_ACTIVATION = 1002
    GPTQ_RANGE = 1101
    GPTQ_PERCENTILE = 1102
    GPTQ_KMEANS_ITERATIONS = 1103
    GPTQ_WEIGHTED_RANGE = 1104
    GPTQ_STATIC_GROUPS = 1105
    GPTQ_SPARSITY = 1106
    GPTQ_ZEROS = 1107
    GPTQ_ZEROS_OF = 1108
    SPARSITY = 1201
    ZEROS = 1202
    ZEROS_OF = 1203
    AWQ_RATIOS = 1301
    AWQ_DUO_SCALING = 1302
    AWQ_CLIP = 1303
    AWQ_CLIP_STEPS = 1304
    AWQ_MAX_SAMPLES = 1305
    AWQ_RANGE = 1306
    HQQ_NORM = 1401
    HQQ_BETA = 1402
    HQQ_KAPPA = 1403
    HQQ_ITERATIONS = 1404
    BLOCK_IMPORTANCE = 1501
    BLOCK_MAGNITUDE_WEIGHTS = 1502
    BLOCK_ROUNDS = 1503
    POSITIONS = 1601
    DYNAMIC_INT8 = 1602
    MODEL_MEMORY = 1603
    EVAL_CONTEXT = 1701
    EVAL_STRIDE = 1702
    EVAL_MAX_IDS = 1703


class LogLevel(IntEnum):
    """`enum pawl_log_level` of pawl.h."""

    DEBUG = 0
    INFO = 1
    WARNING = 2
    ERROR = 3


class DType(IntEnum):
    """`enum pawl_dtype` of pawl.h."""

    F32 = 0
    F16 = 1
    BF16 = 2
    F64 = 3
    I8 = 4
    U8 = 5
    I16 = 6
    U16 = 7
    I32 = 8
    U32 = 9
    I64 = 10
    U64 = 11
    BOOL = 12
    E4M3 = 13
    E5M2 = 14
    E8M0 = 15


class ElementKind(IntEnum):
    """`enum pawl_element_kind` of pawl.h."""

    INT = 0
    UINT = 1
    TERNARY = 2
    BINARY = 3
    TABLE = 4
    E2M1 = 5
    E4M3 = 6
    E5M2 = 7
    F16 = 8
    BF16 = 9


class TableKind(IntEnum):
    """`enum pawl_table_kind` of pawl.h."""

    NONE = 0
    NF4 = 1
    FP4 = 2
    IQ4NL = 3
    POWERS_OF_TWO = 4
    ADDITIVE_POWERS_OF_TWO = 5
    CODEBOOK = 6


class GroupKind(IntEnum):
    """`enum pawl_group_kind` of pawl.h."""

    TENSOR = 0
    CHANNEL = 1
    ALONG_ROW = 2
    BLOCK_2D = 3
    FLAT = 4
    FLAT_STRIDED = 5
    INDEX_MAP = 6


class ParamKind(IntEnum):
    """`enum pawl_param_kind` of pawl.h."""

    NONE = 0
    F32 = 1
    F16 = 2
    BF16 = 3
    E8M0 = 4
    E8M0_GGML = 5
    E4M3 = 6
    UE4M3_GGML = 7
    UINT = 8
    INT = 9
    TABLE = 10
    E8M0_INF = 11
    OWN_SCALE = 12


class OffsetKind(IntEnum):
    """`enum pawl_offset_kind` of pawl.h."""

    NONE = 0
    ZERO_POINT = 1
    FLOAT_ZERO = 2
    MINIMUM = 3


class Arithmetic(IntEnum):
    """`enum pawl_arithmetic` of pawl.h."""

    F32 = 0
    F16 = 1
    BF16 = 2


class SchemeField(IntEnum):
    """`enum pawl_scheme_field` of pawl.h."""

    ELEMENT = 1
    ELEMENT_BITS = 2
    TABLE = 3
    GROUP = 4
    GROUP_AXIS = 5
    GROUP_ROWS = 6
    GROUP_SIZE = 7
    SCALE = 8
    SCALE_BITS = 9
    SUPER_SCALE = 10
    SUPER_SCALE_BITS = 11
    SUPER_SIZE = 12
    SUPER_DIVIDES = 13
    OFFSET = 14
    OFFSET_TYPE = 15
    OFFSET_BITS = 16
    SUPER_OFFSET = 17
    SUPER_OFFSET_BITS = 18
    ARITHMETIC = 19
    FULL_RANGE = 20
    OUTLIERS = 21
    OUTLIERS_BITS = 22
    INPUT_SCALE = 23
    ROTATION_BLOCK = 24


class RangeMethod(IntEnum):
    """`enum pawl_range_method` of pawl.h."""

    MAX = 0
    PERCENTILE = 1
    MSE = 2
    SCALE_SEARCH = 3


class QuantizeStat(IntEnum):
    """`enum pawl_quantize_stat` of pawl.h."""

    NAN = 0
    INF = 1
    ZERO_GROUPS = 2
    SATURATED_SCALES = 3
    UNDERFLOWED_SCALES = 4


class Part(IntEnum):
    """`enum pawl_part` of pawl.h."""

    CODES = 0
    SCALES = 1
    OFFSETS = 2
    SUPER_SCALES = 3
    SUPER_OFFSETS = 4
    LEVELS = 5
    SCALE_LEVELS = 6
    GROUP_INDEX = 7
    OUTLIER_COLUMNS = 8
    OUTLIER_VALUES = 9
    INPUT_SCALE = 10
    ROTATION_SIGNS = 11


class ErrorFigure(IntEnum):
    """`enum pawl_error_figure` of pawl.h."""

    SQNR_DB = 0
    COSINE = 1
    MAX = 2
    MSE = 3
    COMPARED = 4
    ORIGINAL_NAN = 5
    ORIGINAL_INF = 6
    DECODED_NAN = 7
    DECODED_INF = 8
    UNLIKE = 9


class ObserverKind(IntEnum):
    """`enum pawl_observer_kind` of pawl.h."""

    MINMAX = 0
    MOVING_AVERAGE = 1
    HISTOGRAM = 2


class ObserverRange(IntEnum):
    """`enum pawl_observer_range` of pawl.h."""

    MINMAX = 0
    PERCENTILE = 1
    ENTROPY = 2
    MSE = 3


class LinearMode(IntEnum):
    """`enum pawl_linear_mode` of pawl.h."""

    WEIGHT_ONLY = 0
    DYNAMIC_INT8 = 1
    STATIC_INT8 = 2
    INTEGER_ONLY = 3


class LinearCompute(IntEnum):
    """`enum pawl_linear_compute` of pawl.h."""

    F32 = 0
    BF16 = 1


class ActivationGroups(IntEnum):
    """`enum pawl_activation_groups` of pawl.h."""

    PER_TOKEN = 0
    PER_TOKEN_AND_GROUP = 1


class FusedActivation(IntEnum):
    """`enum pawl_fused_activation` of pawl.h."""

    NONE = 0
    RELU = 1
    RELU6 = 2
    SILU = 3
    GELU = 4
    GELU_TANH = 5
    HARD_SWISH = 6


class Rounding(IntEnum):
    """`enum pawl_rounding` of pawl.h."""

    CLASSIC = 0
    SINGLE = 1


class ImageLayout(IntEnum):
    """`enum pawl_image_layout` of pawl.h."""

    NCHW = 0
    NHWC = 1


class FileFormat(IntEnum):
    """`enum pawl_format` of pawl.h."""

    SAFETENSORS = 0
    PAWL = 1
    GGUF = 2


class PackedKind(IntEnum):
    """`enum pawl_packed_kind` of pawl.h."""

    LINEAR = 0
    EMBEDDING = 1


class CheckpointFormat(IntEnum):
    """`enum pawl_checkpoint_format` of pawl.h."""

    GPTQ = 0
    AWQ = 1
    BITSANDBYTES_4BIT = 2
    BITSANDBYTES_8BIT = 3
    COMPRESSED_TENSORS = 4
    HQQ = 5
    MATMUL_NBITS = 6
    TFLITE = 7


class CheckpointSetting(IntEnum):
    """`enum pawl_checkpoint_setting` of pawl.h."""

    BITS = 1
    GROUP_SIZE = 2
    AXIS = 3
    BLOCK_ROWS = 4
    BLOCK_COLUMNS = 5
    VARIANT = 6
    STRATEGY = 7


class OperatorType(IntEnum):
    """`enum pawl_operator` of pawl.h."""

    ANY = 0
    LINEAR = 1
    EMBEDDING = 2
    CONV = 3
    OTHER = 4


class ReportFigure(IntEnum):
    """`enum pawl_report_figure` of pawl.h."""

    QUANTIZED = 1
    BYTES_BEFORE = 2
    BYTES_AFTER = 3
    BITS_PER_WEIGHT = 4
    FILE_BYTES = 5
    PEAK_MEMORY_BYTES = 6
    SECONDS = 7
    SQNR_DB = 8
    COSINE = 9
    MAX_ERROR = 10
    MSE = 11
    RULE = 12
    OPERATOR = 13
    DTYPE = 14
    NAN = 15
    INF = 16
    ZERO_GROUPS = 17
    SATURATED_SCALES = 18
    UNDERFLOWED_SCALES = 19


class ValueKind(IntEnum):
    """`enum pawl_value_kind` of pawl.h."""

    COMPUTED = 0
    INPUT = 1
    CONSTANT = 2
    QUANTIZED = 3


class GraphMode(IntEnum):
    """`enum pawl_graph_mode` of pawl.h."""

    STATIC = 0
    DYNAMIC = 1
    WEIGHT_ONLY = 2
    FLOAT16 = 3


class GraphTarget(IntEnum):
    """`enum pawl_graph_target` of pawl.h."""

    ONNXRUNTIME = 0
    TENSORRT = 1


class GraphFormat(IntEnum):
    """`enum pawl_graph_format` of pawl.h."""

    QDQ = 0
    QOPERATOR = 1


class PassChoice(IntEnum):
    """`enum pawl_pass_choice` of pawl.h."""

    OFF = 0
    ON = 1
    AUTO = 2


class GraphFigure(IntEnum):
    """`enum pawl_graph_figure` of pawl.h."""

    QUANTIZED = 1
    BYTES_BEFORE = 2
    BYTES_AFTER = 3
    FILE_BYTES = 4
    SECONDS = 5
    SAMPLES = 6
    SAMPLES_COMPARED = 7
    SQNR_DB = 8
    MAX_ERROR = 9
    SAME_DECISION = 10
    RULE = 11
    INPUT_MIN = 12
    INPUT_MAX = 13
    INPUT_SCALE = 14
    INPUT_ZERO_POINT = 15
    RAISED_CHANNELS = 16
    COULD_SATURATE = 17


class MethodFigure(IntEnum):
    """`enum pawl_method_figure` of pawl.h."""

    LOSS = 0
    DAMPING = 1
    ATTEMPTS = 2
    DEAD_COLUMNS = 3
    ZEROS = 4
    ERROR_BEFORE = 5
    ERROR_AFTER = 6
    RATIO = 7
    NAN = 8
    INF = 9
    ZERO_GROUPS = 10
    SATURATED_SCALES = 11
    UNDERFLOWED_SCALES = 12


class LanguageModelFigure(IntEnum):
    """`enum pawl_language_model_figure` of pawl.h."""

    VOCABULARY = 0
    LAYERS = 1
    CONTEXT = 2
    POSITIONS = 3
    ELEMENTS = 4
    BYTES = 5
    BYTE_LEVEL = 6
    ENCODER = 7
    WIDTH = 8
    BEGIN_ID = 9


class EvalFigure(IntEnum):
    """`enum pawl_eval_figure` of pawl.h."""

    COUNTED = 0
    NATS = 1
    PERPLEXITY = 2
    BITS_PER_BYTE = 3
    BITS_PER_WEIGHT = 4
    IDS_PER_SECOND = 5
    REFERENCE_PERPLEXITY = 6
    MEAN_KL = 7
    KL_999 = 8
    MAX_KL = 9
    SAME_TOP = 10
    HIDDEN_SQNR_DB = 11
    HIDDEN_COSINE = 12
    EMBEDDING_SQNR_DB = 13
    EMBEDDING_COSINE = 14
    EMBEDDING_COSINE_MIN = 15


class ExportFormat(IntEnum):
    """`enum pawl_export_format` of pawl.h."""

    GPTQ = 0
    GPTQ_V2 = 1
    AWQ = 2
    COMPRESSED_TENSORS = 3
    BITSANDBYTES = 4


class Rotated(IntEnum):
    """`enum pawl_rotated` of pawl.h."""

    ALL = 0
    STREAM = 1
    HEADS = 2


STAT_COUNT = 5
ERROR_COUNT = 10
METHOD_FIGURE_COUNT = 13

_PREFIXES = {
    Status: "PAWL_",
    ListId: "PAWL_LIST_",
    OptionsKind: "PAWL_OPTIONS_",
    OptionType: "PAWL_OPTION_",
    OptionId: "PAWL_OPT_",
    LogLevel: "PAWL_LOG_",
    DType: "PAWL_DTYPE_",
    ElementKind: "PAWL_ELEMENT_",
    TableKind: "PAWL_TABLE_",
    GroupKind: "PAWL_GROUP_",
    ParamKind: "PAWL_PARAM_",
    OffsetKind: "PAWL_OFFSET_",
    Arithmetic: "PAWL_ARITHMETIC_",
    SchemeField: "PAWL_SCHEME_",
    RangeMethod: "PAWL_RANGE_",
    QuantizeStat: "PAWL_STAT_",
    Part: "PAWL_PART_",
    ErrorFigure: "PAWL_ERROR_",
    ObserverKind: "PAWL_OBSERVER_",
    ObserverRange: "PAWL_OBSERVER_RANGE_",
    LinearMode: "PAWL_LINEAR_",
    LinearCompute: "PAWL_COMPUTE_",
    ActivationGroups: "PAWL_ACTIVATION_",
    FusedActivation: "PAWL_FUSED_",
    Rounding: "PAWL_ROUNDING_",
    ImageLayout: "PAWL_IMAGE_",
    FileFormat: "PAWL_FORMAT_",
    PackedKind: "PAWL_PACKED_",
    CheckpointFormat: "PAWL_CHECKPOINT_",
    CheckpointSetting: "PAWL_SETTING_",
    OperatorType: "PAWL_OPERATOR_",
    ReportFigure: "PAWL_REPORT_",
    ValueKind: "PAWL_VALUE_",
    GraphMode: "PAWL_GRAPH_",
    GraphTarget: "PAWL_GRAPH_FOR_",
    GraphFormat: "PAWL_GRAPH_",
    PassChoice: "PAWL_PASS_",
    GraphFigure: "PAWL_GRAPH_FIGURE_",
    MethodFigure: "PAWL_METHOD_FIGURE_",
    LanguageModelFigure: "PAWL_LANGUAGE_MODEL_",
    EvalFigure: "PAWL_EVAL_",
    ExportFormat: "PAWL_EXPORT_",
    Rotated: "PAWL_ROTATED_",
}

# Every one by its name in C.
CONSTANTS = {p + entry.name: int(entry) for e, p in _PREFIXES.items() for entry in e}
CONSTANTS["PAWL_STAT_COUNT"] = STAT_COUNT
CONSTANTS["PAWL_ERROR_COUNT"] = ERROR_COUNT
CONSTANTS["PAWL_METHOD_FIGURE_COUNT"] = METHOD_FIGURE_COUNT
