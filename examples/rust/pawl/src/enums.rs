// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0
//
// Made from capi/pawl.h by tests/hosts/bindings.py --update; do not edit.

enums! {
    /// `enum pawl_status` of `pawl.h`.
    Status {
        Ok = 0, PAWL_OK;
        Cancelled = 1, PAWL_CANCELLED;
        Unknown = 2, PAWL_UNKNOWN;
        InvalidArgument = 3, PAWL_INVALID_ARGUMENT;
        DeadlineExceeded = 4, PAWL_DEADLINE_EXCEEDED;
        NotFound = 5, PAWL_NOT_FOUND;
        AlreadyExists = 6, PAWL_ALREADY_EXISTS;
        PermissionDenied = 7, PAWL_PERMISSION_DENIED;
        ResourceExhausted = 8, PAWL_RESOURCE_EXHAUSTED;
        FailedPrecondition = 9, PAWL_FAILED_PRECONDITION;
        Aborted = 10, PAWL_ABORTED;
        OutOfRange = 11, PAWL_OUT_OF_RANGE;
        Unimplemented = 12, PAWL_UNIMPLEMENTED;
        Internal = 13, PAWL_INTERNAL;
        Unavailable = 14, PAWL_UNAVAILABLE;
        DataLoss = 15, PAWL_DATA_LOSS;
        Unauthenticated = 16, PAWL_UNAUTHENTICATED;
    }
    /// `enum pawl_list` of `pawl.h`.
    ListId {
        Schemes = 0, PAWL_LIST_SCHEMES;
        Targets = 1, PAWL_LIST_TARGETS;
        SupportedTargets = 2, PAWL_LIST_SUPPORTED_TARGETS;
        Methods = 3, PAWL_LIST_METHODS;
        Dtypes = 4, PAWL_LIST_DTYPES;
        Formats = 5, PAWL_LIST_FORMATS;
        Checkpoints = 6, PAWL_LIST_CHECKPOINTS;
        Elements = 7, PAWL_LIST_ELEMENTS;
        Groups = 8, PAWL_LIST_GROUPS;
        Offsets = 9, PAWL_LIST_OFFSETS;
        Scales = 10, PAWL_LIST_SCALES;
        SchemeParts = 11, PAWL_LIST_SCHEME_PARTS;
        Ranges = 12, PAWL_LIST_RANGES;
        Observers = 13, PAWL_LIST_OBSERVERS;
        ActivationRanges = 14, PAWL_LIST_ACTIVATION_RANGES;
        OperatorTypes = 15, PAWL_LIST_OPERATOR_TYPES;
        GraphModes = 16, PAWL_LIST_GRAPH_MODES;
        GraphTargets = 17, PAWL_LIST_GRAPH_TARGETS;
        GraphFormats = 18, PAWL_LIST_GRAPH_FORMATS;
        PassChoices = 19, PAWL_LIST_PASS_CHOICES;
        ModelFolders = 20, PAWL_LIST_MODEL_FOLDERS;
    }
    /// `enum pawl_options_kind` of `pawl.h`.
    OptionsKind {
        Context = 1, PAWL_OPTIONS_CONTEXT;
        Quantize = 2, PAWL_OPTIONS_QUANTIZE;
        Observer = 3, PAWL_OPTIONS_OBSERVER;
        Range = 4, PAWL_OPTIONS_RANGE;
        Linear = 5, PAWL_OPTIONS_LINEAR;
        Job = 6, PAWL_OPTIONS_JOB;
        Conv = 7, PAWL_OPTIONS_CONV;
        Executor = 8, PAWL_OPTIONS_EXECUTOR;
        GraphJob = 9, PAWL_OPTIONS_GRAPH_JOB;
        Factor = 10, PAWL_OPTIONS_FACTOR;
        Gptq = 11, PAWL_OPTIONS_GPTQ;
        Pruning = 12, PAWL_OPTIONS_PRUNING;
        Awq = 13, PAWL_OPTIONS_AWQ;
        Hqq = 14, PAWL_OPTIONS_HQQ;
        BlockSearch = 15, PAWL_OPTIONS_BLOCK_SEARCH;
        LanguageModel = 16, PAWL_OPTIONS_LANGUAGE_MODEL;
        Eval = 17, PAWL_OPTIONS_EVAL;
    }
    /// `enum pawl_option_value` of `pawl.h`.
    OptionType {
        Int = 1, PAWL_OPTION_INT;
        Double = 2, PAWL_OPTION_DOUBLE;
        String = 3, PAWL_OPTION_STRING;
        Ints = 4, PAWL_OPTION_INTS;
        Floats = 5, PAWL_OPTION_FLOATS;
        Tensor = 6, PAWL_OPTION_TENSOR;
    }
    /// `enum pawl_option` of `pawl.h`.
    OptionId {
        Threads = 101, PAWL_OPT_THREADS;
        Target = 102, PAWL_OPT_TARGET;
        SpinMicroseconds = 103, PAWL_OPT_SPIN_MICROSECONDS;
        RangeMethod = 201, PAWL_OPT_RANGE_METHOD;
        Percentile = 202, PAWL_OPT_PERCENTILE;
        Importance = 203, PAWL_OPT_IMPORTANCE;
        KmeansIterations = 204, PAWL_OPT_KMEANS_ITERATIONS;
        OutlierColumns = 205, PAWL_OPT_OUTLIER_COLUMNS;
        GroupIndex = 206, PAWL_OPT_GROUP_INDEX;
        InputScale = 207, PAWL_OPT_INPUT_SCALE;
        RotationSeed = 208, PAWL_OPT_ROTATION_SEED;
        ObserverKind = 301, PAWL_OPT_OBSERVER_KIND;
        PerChannel = 302, PAWL_OPT_PER_CHANNEL;
        Axis = 303, PAWL_OPT_AXIS;
        Bins = 304, PAWL_OPT_BINS;
        Momentum = 305, PAWL_OPT_MOMENTUM;
        ObserverRange = 401, PAWL_OPT_OBSERVER_RANGE;
        ObserverPercentile = 402, PAWL_OPT_OBSERVER_PERCENTILE;
        MinCode = 403, PAWL_OPT_MIN_CODE;
        MaxCode = 404, PAWL_OPT_MAX_CODE;
        Symmetric = 405, PAWL_OPT_SYMMETRIC;
        LinearMode = 501, PAWL_OPT_LINEAR_MODE;
        Name = 502, PAWL_OPT_NAME;
        ActivationGroups = 503, PAWL_OPT_ACTIVATION_GROUPS;
        FusedActivation = 504, PAWL_OPT_FUSED_ACTIVATION;
        Bias = 505, PAWL_OPT_BIAS;
        ActivationDtype = 506, PAWL_OPT_ACTIVATION_DTYPE;
        ActivationScale = 507, PAWL_OPT_ACTIVATION_SCALE;
        ActivationZeroPoint = 508, PAWL_OPT_ACTIVATION_ZERO_POINT;
        OutputDtype = 509, PAWL_OPT_OUTPUT_DTYPE;
        OutputScale = 510, PAWL_OPT_OUTPUT_SCALE;
        OutputZeroPoint = 511, PAWL_OPT_OUTPUT_ZERO_POINT;
        Rounding = 512, PAWL_OPT_ROUNDING;
        Multipliers = 513, PAWL_OPT_MULTIPLIERS;
        ReleaseCanonical = 514, PAWL_OPT_RELEASE_CANONICAL;
        RoundLevels = 515, PAWL_OPT_ROUND_LEVELS;
        LinearCompute = 516, PAWL_OPT_LINEAR_COMPUTE;
        Input = 601, PAWL_OPT_INPUT;
        Output = 602, PAWL_OPT_OUTPUT;
        Calibration = 603, PAWL_OPT_CALIBRATION;
        DryRun = 604, PAWL_OPT_DRY_RUN;
        MaxMemory = 605, PAWL_OPT_MAX_MEMORY;
        Resume = 606, PAWL_OPT_RESUME;
        CheckpointBytes = 607, PAWL_OPT_CHECKPOINT_BYTES;
        CalibrationIds = 608, PAWL_OPT_CALIBRATION_IDS;
        CalibrationContext = 609, PAWL_OPT_CALIBRATION_CONTEXT;
        Imatrix = 610, PAWL_OPT_IMATRIX;
        ImatrixOutput = 611, PAWL_OPT_IMATRIX_OUTPUT;
        ConvChannels = 701, PAWL_OPT_CONV_CHANNELS;
        ConvGroups = 702, PAWL_OPT_CONV_GROUPS;
        ConvKernel = 703, PAWL_OPT_CONV_KERNEL;
        ConvStrides = 704, PAWL_OPT_CONV_STRIDES;
        ConvDilations = 705, PAWL_OPT_CONV_DILATIONS;
        ConvPads = 706, PAWL_OPT_CONV_PADS;
        ImageLayout = 707, PAWL_OPT_IMAGE_LAYOUT;
        RunMemory = 801, PAWL_OPT_RUN_MEMORY;
        Fuse = 802, PAWL_OPT_FUSE;
        KeepObserved = 803, PAWL_OPT_KEEP_OBSERVED;
        GraphInput = 901, PAWL_OPT_GRAPH_INPUT;
        GraphOutput = 902, PAWL_OPT_GRAPH_OUTPUT;
        GraphCalibration = 903, PAWL_OPT_GRAPH_CALIBRATION;
        GraphMode = 904, PAWL_OPT_GRAPH_MODE;
        GraphTarget = 905, PAWL_OPT_GRAPH_TARGET;
        GraphFormat = 906, PAWL_OPT_GRAPH_FORMAT;
        GraphCheckSamples = 907, PAWL_OPT_GRAPH_CHECK_SAMPLES;
        GraphMaxDrop = 908, PAWL_OPT_GRAPH_MAX_DROP;
        GraphMetric = 909, PAWL_OPT_GRAPH_METRIC;
        GraphDryRun = 910, PAWL_OPT_GRAPH_DRY_RUN;
        GraphRunMemory = 911, PAWL_OPT_GRAPH_RUN_MEMORY;
        RangeSearch = 912, PAWL_OPT_RANGE_SEARCH;
        ClipSearch = 913, PAWL_OPT_CLIP_SEARCH;
        BiasCorrection = 914, PAWL_OPT_BIAS_CORRECTION;
        Equalize = 915, PAWL_OPT_EQUALIZE;
        SmoothQuant = 916, PAWL_OPT_SMOOTH_QUANT;
        SmoothAlpha = 917, PAWL_OPT_SMOOTH_ALPHA;
        FittedRounding = 918, PAWL_OPT_FITTED_ROUNDING;
        Damping = 1001, PAWL_OPT_DAMPING;
        ByActivation = 1002, PAWL_OPT_BY_ACTIVATION;
        GptqRange = 1101, PAWL_OPT_GPTQ_RANGE;
        GptqPercentile = 1102, PAWL_OPT_GPTQ_PERCENTILE;
        GptqKmeansIterations = 1103, PAWL_OPT_GPTQ_KMEANS_ITERATIONS;
        GptqWeightedRange = 1104, PAWL_OPT_GPTQ_WEIGHTED_RANGE;
        GptqStaticGroups = 1105, PAWL_OPT_GPTQ_STATIC_GROUPS;
        GptqSparsity = 1106, PAWL_OPT_GPTQ_SPARSITY;
        GptqZeros = 1107, PAWL_OPT_GPTQ_ZEROS;
        GptqZerosOf = 1108, PAWL_OPT_GPTQ_ZEROS_OF;
        Sparsity = 1201, PAWL_OPT_SPARSITY;
        Zeros = 1202, PAWL_OPT_ZEROS;
        ZerosOf = 1203, PAWL_OPT_ZEROS_OF;
        AwqRatios = 1301, PAWL_OPT_AWQ_RATIOS;
        AwqDuoScaling = 1302, PAWL_OPT_AWQ_DUO_SCALING;
        AwqClip = 1303, PAWL_OPT_AWQ_CLIP;
        AwqClipSteps = 1304, PAWL_OPT_AWQ_CLIP_STEPS;
        AwqMaxSamples = 1305, PAWL_OPT_AWQ_MAX_SAMPLES;
        AwqRange = 1306, PAWL_OPT_AWQ_RANGE;
        HqqNorm = 1401, PAWL_OPT_HQQ_NORM;
        HqqBeta = 1402, PAWL_OPT_HQQ_BETA;
        HqqKappa = 1403, PAWL_OPT_HQQ_KAPPA;
        HqqIterations = 1404, PAWL_OPT_HQQ_ITERATIONS;
        BlockImportance = 1501, PAWL_OPT_BLOCK_IMPORTANCE;
        BlockMagnitudeWeights = 1502, PAWL_OPT_BLOCK_MAGNITUDE_WEIGHTS;
        BlockRounds = 1503, PAWL_OPT_BLOCK_ROUNDS;
        Positions = 1601, PAWL_OPT_POSITIONS;
        DynamicInt8 = 1602, PAWL_OPT_DYNAMIC_INT8;
        ModelMemory = 1603, PAWL_OPT_MODEL_MEMORY;
        EvalContext = 1701, PAWL_OPT_EVAL_CONTEXT;
        EvalStride = 1702, PAWL_OPT_EVAL_STRIDE;
        EvalMaxIds = 1703, PAWL_OPT_EVAL_MAX_IDS;
    }
    /// `enum pawl_log_level` of `pawl.h`.
    LogLevel {
        Debug = 0, PAWL_LOG_DEBUG;
        Info = 1, PAWL_LOG_INFO;
        Warning = 2, PAWL_LOG_WARNING;
        Error = 3, PAWL_LOG_ERROR;
    }
    /// `enum pawl_dtype` of `pawl.h`.
    DType {
        F32 = 0, PAWL_DTYPE_F32;
        F16 = 1, PAWL_DTYPE_F16;
        Bf16 = 2, PAWL_DTYPE_BF16;
        F64 = 3, PAWL_DTYPE_F64;
        I8 = 4, PAWL_DTYPE_I8;
        U8 = 5, PAWL_DTYPE_U8;
        I16 = 6, PAWL_DTYPE_I16;
        U16 = 7, PAWL_DTYPE_U16;
        I32 = 8, PAWL_DTYPE_I32;
        U32 = 9, PAWL_DTYPE_U32;
        I64 = 10, PAWL_DTYPE_I64;
        U64 = 11, PAWL_DTYPE_U64;
        Bool = 12, PAWL_DTYPE_BOOL;
        E4m3 = 13, PAWL_DTYPE_E4M3;
        E5m2 = 14, PAWL_DTYPE_E5M2;
        E8m0 = 15, PAWL_DTYPE_E8M0;
    }
    /// `enum pawl_element_kind` of `pawl.h`.
    ElementKind {
        Int = 0, PAWL_ELEMENT_INT;
        Uint = 1, PAWL_ELEMENT_UINT;
        Ternary = 2, PAWL_ELEMENT_TERNARY;
        Binary = 3, PAWL_ELEMENT_BINARY;
        Table = 4, PAWL_ELEMENT_TABLE;
        E2m1 = 5, PAWL_ELEMENT_E2M1;
        E4m3 = 6, PAWL_ELEMENT_E4M3;
        E5m2 = 7, PAWL_ELEMENT_E5M2;
        F16 = 8, PAWL_ELEMENT_F16;
        Bf16 = 9, PAWL_ELEMENT_BF16;
    }
    /// `enum pawl_table_kind` of `pawl.h`.
    TableKind {
        None = 0, PAWL_TABLE_NONE;
        Nf4 = 1, PAWL_TABLE_NF4;
        Fp4 = 2, PAWL_TABLE_FP4;
        Iq4nl = 3, PAWL_TABLE_IQ4NL;
        PowersOfTwo = 4, PAWL_TABLE_POWERS_OF_TWO;
        AdditivePowersOfTwo = 5, PAWL_TABLE_ADDITIVE_POWERS_OF_TWO;
        Codebook = 6, PAWL_TABLE_CODEBOOK;
    }
    /// `enum pawl_group_kind` of `pawl.h`.
    GroupKind {
        Tensor = 0, PAWL_GROUP_TENSOR;
        Channel = 1, PAWL_GROUP_CHANNEL;
        AlongRow = 2, PAWL_GROUP_ALONG_ROW;
        Block2d = 3, PAWL_GROUP_BLOCK_2D;
        Flat = 4, PAWL_GROUP_FLAT;
        FlatStrided = 5, PAWL_GROUP_FLAT_STRIDED;
        IndexMap = 6, PAWL_GROUP_INDEX_MAP;
    }
    /// `enum pawl_param_kind` of `pawl.h`.
    ParamKind {
        None = 0, PAWL_PARAM_NONE;
        F32 = 1, PAWL_PARAM_F32;
        F16 = 2, PAWL_PARAM_F16;
        Bf16 = 3, PAWL_PARAM_BF16;
        E8m0 = 4, PAWL_PARAM_E8M0;
        E8m0Ggml = 5, PAWL_PARAM_E8M0_GGML;
        E4m3 = 6, PAWL_PARAM_E4M3;
        Ue4m3Ggml = 7, PAWL_PARAM_UE4M3_GGML;
        Uint = 8, PAWL_PARAM_UINT;
        Int = 9, PAWL_PARAM_INT;
        Table = 10, PAWL_PARAM_TABLE;
        E8m0Inf = 11, PAWL_PARAM_E8M0_INF;
        OwnScale = 12, PAWL_PARAM_OWN_SCALE;
    }
    /// `enum pawl_offset_kind` of `pawl.h`.
    OffsetKind {
        None = 0, PAWL_OFFSET_NONE;
        ZeroPoint = 1, PAWL_OFFSET_ZERO_POINT;
        FloatZero = 2, PAWL_OFFSET_FLOAT_ZERO;
        Minimum = 3, PAWL_OFFSET_MINIMUM;
    }
    /// `enum pawl_arithmetic` of `pawl.h`.
    Arithmetic {
        F32 = 0, PAWL_ARITHMETIC_F32;
        F16 = 1, PAWL_ARITHMETIC_F16;
        Bf16 = 2, PAWL_ARITHMETIC_BF16;
    }
    /// `enum pawl_scheme_field` of `pawl.h`.
    SchemeField {
        Element = 1, PAWL_SCHEME_ELEMENT;
        ElementBits = 2, PAWL_SCHEME_ELEMENT_BITS;
        Table = 3, PAWL_SCHEME_TABLE;
        Group = 4, PAWL_SCHEME_GROUP;
        GroupAxis = 5, PAWL_SCHEME_GROUP_AXIS;
        GroupRows = 6, PAWL_SCHEME_GROUP_ROWS;
        GroupSize = 7, PAWL_SCHEME_GROUP_SIZE;
        Scale = 8, PAWL_SCHEME_SCALE;
        ScaleBits = 9, PAWL_SCHEME_SCALE_BITS;
        SuperScale = 10, PAWL_SCHEME_SUPER_SCALE;
        SuperScaleBits = 11, PAWL_SCHEME_SUPER_SCALE_BITS;
        SuperSize = 12, PAWL_SCHEME_SUPER_SIZE;
        SuperDivides = 13, PAWL_SCHEME_SUPER_DIVIDES;
        Offset = 14, PAWL_SCHEME_OFFSET;
        OffsetType = 15, PAWL_SCHEME_OFFSET_TYPE;
        OffsetBits = 16, PAWL_SCHEME_OFFSET_BITS;
        SuperOffset = 17, PAWL_SCHEME_SUPER_OFFSET;
        SuperOffsetBits = 18, PAWL_SCHEME_SUPER_OFFSET_BITS;
        Arithmetic = 19, PAWL_SCHEME_ARITHMETIC;
        FullRange = 20, PAWL_SCHEME_FULL_RANGE;
        Outliers = 21, PAWL_SCHEME_OUTLIERS;
        OutliersBits = 22, PAWL_SCHEME_OUTLIERS_BITS;
        InputScale = 23, PAWL_SCHEME_INPUT_SCALE;
        RotationBlock = 24, PAWL_SCHEME_ROTATION_BLOCK;
    }
    /// `enum pawl_range_method` of `pawl.h`.
    RangeMethod {
        Max = 0, PAWL_RANGE_MAX;
        Percentile = 1, PAWL_RANGE_PERCENTILE;
        Mse = 2, PAWL_RANGE_MSE;
        ScaleSearch = 3, PAWL_RANGE_SCALE_SEARCH;
    }
    /// `enum pawl_quantize_stat` of `pawl.h`.
    QuantizeStat {
        Nan = 0, PAWL_STAT_NAN;
        Inf = 1, PAWL_STAT_INF;
        ZeroGroups = 2, PAWL_STAT_ZERO_GROUPS;
        SaturatedScales = 3, PAWL_STAT_SATURATED_SCALES;
        UnderflowedScales = 4, PAWL_STAT_UNDERFLOWED_SCALES;
    }
    /// `enum pawl_part` of `pawl.h`.
    Part {
        Codes = 0, PAWL_PART_CODES;
        Scales = 1, PAWL_PART_SCALES;
        Offsets = 2, PAWL_PART_OFFSETS;
        SuperScales = 3, PAWL_PART_SUPER_SCALES;
        SuperOffsets = 4, PAWL_PART_SUPER_OFFSETS;
        Levels = 5, PAWL_PART_LEVELS;
        ScaleLevels = 6, PAWL_PART_SCALE_LEVELS;
        GroupIndex = 7, PAWL_PART_GROUP_INDEX;
        OutlierColumns = 8, PAWL_PART_OUTLIER_COLUMNS;
        OutlierValues = 9, PAWL_PART_OUTLIER_VALUES;
        InputScale = 10, PAWL_PART_INPUT_SCALE;
        RotationSigns = 11, PAWL_PART_ROTATION_SIGNS;
    }
    /// `enum pawl_error_figure` of `pawl.h`.
    ErrorFigure {
        SqnrDb = 0, PAWL_ERROR_SQNR_DB;
        Cosine = 1, PAWL_ERROR_COSINE;
        Max = 2, PAWL_ERROR_MAX;
        Mse = 3, PAWL_ERROR_MSE;
        Compared = 4, PAWL_ERROR_COMPARED;
        OriginalNan = 5, PAWL_ERROR_ORIGINAL_NAN;
        OriginalInf = 6, PAWL_ERROR_ORIGINAL_INF;
        DecodedNan = 7, PAWL_ERROR_DECODED_NAN;
        DecodedInf = 8, PAWL_ERROR_DECODED_INF;
        Unlike = 9, PAWL_ERROR_UNLIKE;
    }
    /// `enum pawl_observer_kind` of `pawl.h`.
    ObserverKind {
        Minmax = 0, PAWL_OBSERVER_MINMAX;
        MovingAverage = 1, PAWL_OBSERVER_MOVING_AVERAGE;
        Histogram = 2, PAWL_OBSERVER_HISTOGRAM;
    }
    /// `enum pawl_observer_range` of `pawl.h`.
    ObserverRange {
        Minmax = 0, PAWL_OBSERVER_RANGE_MINMAX;
        Percentile = 1, PAWL_OBSERVER_RANGE_PERCENTILE;
        Entropy = 2, PAWL_OBSERVER_RANGE_ENTROPY;
        Mse = 3, PAWL_OBSERVER_RANGE_MSE;
    }
    /// `enum pawl_linear_mode` of `pawl.h`.
    LinearMode {
        WeightOnly = 0, PAWL_LINEAR_WEIGHT_ONLY;
        DynamicInt8 = 1, PAWL_LINEAR_DYNAMIC_INT8;
        StaticInt8 = 2, PAWL_LINEAR_STATIC_INT8;
        IntegerOnly = 3, PAWL_LINEAR_INTEGER_ONLY;
    }
    /// `enum pawl_linear_compute` of `pawl.h`.
    LinearCompute {
        F32 = 0, PAWL_COMPUTE_F32;
        Bf16 = 1, PAWL_COMPUTE_BF16;
    }
    /// `enum pawl_activation_groups` of `pawl.h`.
    ActivationGroups {
        PerToken = 0, PAWL_ACTIVATION_PER_TOKEN;
        PerTokenAndGroup = 1, PAWL_ACTIVATION_PER_TOKEN_AND_GROUP;
    }
    /// `enum pawl_fused_activation` of `pawl.h`.
    FusedActivation {
        None = 0, PAWL_FUSED_NONE;
        Relu = 1, PAWL_FUSED_RELU;
        Relu6 = 2, PAWL_FUSED_RELU6;
        Silu = 3, PAWL_FUSED_SILU;
        Gelu = 4, PAWL_FUSED_GELU;
        GeluTanh = 5, PAWL_FUSED_GELU_TANH;
        HardSwish = 6, PAWL_FUSED_HARD_SWISH;
    }
    /// `enum pawl_rounding` of `pawl.h`.
    Rounding {
        Classic = 0, PAWL_ROUNDING_CLASSIC;
        Single = 1, PAWL_ROUNDING_SINGLE;
    }
    /// `enum pawl_image_layout` of `pawl.h`.
    ImageLayout {
        Nchw = 0, PAWL_IMAGE_NCHW;
        Nhwc = 1, PAWL_IMAGE_NHWC;
    }
    /// `enum pawl_format` of `pawl.h`.
    FileFormat {
        Safetensors = 0, PAWL_FORMAT_SAFETENSORS;
        Pawl = 1, PAWL_FORMAT_PAWL;
        Gguf = 2, PAWL_FORMAT_GGUF;
    }
    /// `enum pawl_packed_kind` of `pawl.h`.
    PackedKind {
        Linear = 0, PAWL_PACKED_LINEAR;
        Embedding = 1, PAWL_PACKED_EMBEDDING;
    }
    /// `enum pawl_checkpoint_format` of `pawl.h`.
    CheckpointFormat {
        Gptq = 0, PAWL_CHECKPOINT_GPTQ;
        Awq = 1, PAWL_CHECKPOINT_AWQ;
        Bitsandbytes4bit = 2, PAWL_CHECKPOINT_BITSANDBYTES_4BIT;
        Bitsandbytes8bit = 3, PAWL_CHECKPOINT_BITSANDBYTES_8BIT;
        CompressedTensors = 4, PAWL_CHECKPOINT_COMPRESSED_TENSORS;
        Hqq = 5, PAWL_CHECKPOINT_HQQ;
        MatmulNbits = 6, PAWL_CHECKPOINT_MATMUL_NBITS;
        Tflite = 7, PAWL_CHECKPOINT_TFLITE;
    }
    /// `enum pawl_checkpoint_setting` of `pawl.h`.
    CheckpointSetting {
        Bits = 1, PAWL_SETTING_BITS;
        GroupSize = 2, PAWL_SETTING_GROUP_SIZE;
        Axis = 3, PAWL_SETTING_AXIS;
        BlockRows = 4, PAWL_SETTING_BLOCK_ROWS;
        BlockColumns = 5, PAWL_SETTING_BLOCK_COLUMNS;
        Variant = 6, PAWL_SETTING_VARIANT;
        Strategy = 7, PAWL_SETTING_STRATEGY;
    }
    /// `enum pawl_operator` of `pawl.h`.
    OperatorType {
        Any = 0, PAWL_OPERATOR_ANY;
        Linear = 1, PAWL_OPERATOR_LINEAR;
        Embedding = 2, PAWL_OPERATOR_EMBEDDING;
        Conv = 3, PAWL_OPERATOR_CONV;
        Other = 4, PAWL_OPERATOR_OTHER;
    }
    /// `enum pawl_report_figure` of `pawl.h`.
    ReportFigure {
        Quantized = 1, PAWL_REPORT_QUANTIZED;
        BytesBefore = 2, PAWL_REPORT_BYTES_BEFORE;
        BytesAfter = 3, PAWL_REPORT_BYTES_AFTER;
        BitsPerWeight = 4, PAWL_REPORT_BITS_PER_WEIGHT;
        FileBytes = 5, PAWL_REPORT_FILE_BYTES;
        PeakMemoryBytes = 6, PAWL_REPORT_PEAK_MEMORY_BYTES;
        Seconds = 7, PAWL_REPORT_SECONDS;
        SqnrDb = 8, PAWL_REPORT_SQNR_DB;
        Cosine = 9, PAWL_REPORT_COSINE;
        MaxError = 10, PAWL_REPORT_MAX_ERROR;
        Mse = 11, PAWL_REPORT_MSE;
        Rule = 12, PAWL_REPORT_RULE;
        Operator = 13, PAWL_REPORT_OPERATOR;
        Dtype = 14, PAWL_REPORT_DTYPE;
        Nan = 15, PAWL_REPORT_NAN;
        Inf = 16, PAWL_REPORT_INF;
        ZeroGroups = 17, PAWL_REPORT_ZERO_GROUPS;
        SaturatedScales = 18, PAWL_REPORT_SATURATED_SCALES;
        UnderflowedScales = 19, PAWL_REPORT_UNDERFLOWED_SCALES;
    }
    /// `enum pawl_value_kind` of `pawl.h`.
    ValueKind {
        Computed = 0, PAWL_VALUE_COMPUTED;
        Input = 1, PAWL_VALUE_INPUT;
        Constant = 2, PAWL_VALUE_CONSTANT;
        Quantized = 3, PAWL_VALUE_QUANTIZED;
    }
    /// `enum pawl_graph_mode` of `pawl.h`.
    GraphMode {
        Static = 0, PAWL_GRAPH_STATIC;
        Dynamic = 1, PAWL_GRAPH_DYNAMIC;
        WeightOnly = 2, PAWL_GRAPH_WEIGHT_ONLY;
        Float16 = 3, PAWL_GRAPH_FLOAT16;
    }
    /// `enum pawl_graph_target` of `pawl.h`.
    GraphTarget {
        Onnxruntime = 0, PAWL_GRAPH_FOR_ONNXRUNTIME;
        Tensorrt = 1, PAWL_GRAPH_FOR_TENSORRT;
    }
    /// `enum pawl_graph_format` of `pawl.h`.
    GraphFormat {
        Qdq = 0, PAWL_GRAPH_QDQ;
        Qoperator = 1, PAWL_GRAPH_QOPERATOR;
    }
    /// `enum pawl_pass_choice` of `pawl.h`.
    PassChoice {
        Off = 0, PAWL_PASS_OFF;
        On = 1, PAWL_PASS_ON;
        Auto = 2, PAWL_PASS_AUTO;
    }
    /// `enum pawl_graph_figure` of `pawl.h`.
    GraphFigure {
        Quantized = 1, PAWL_GRAPH_FIGURE_QUANTIZED;
        BytesBefore = 2, PAWL_GRAPH_FIGURE_BYTES_BEFORE;
        BytesAfter = 3, PAWL_GRAPH_FIGURE_BYTES_AFTER;
        FileBytes = 4, PAWL_GRAPH_FIGURE_FILE_BYTES;
        Seconds = 5, PAWL_GRAPH_FIGURE_SECONDS;
        Samples = 6, PAWL_GRAPH_FIGURE_SAMPLES;
        SamplesCompared = 7, PAWL_GRAPH_FIGURE_SAMPLES_COMPARED;
        SqnrDb = 8, PAWL_GRAPH_FIGURE_SQNR_DB;
        MaxError = 9, PAWL_GRAPH_FIGURE_MAX_ERROR;
        SameDecision = 10, PAWL_GRAPH_FIGURE_SAME_DECISION;
        Rule = 11, PAWL_GRAPH_FIGURE_RULE;
        InputMin = 12, PAWL_GRAPH_FIGURE_INPUT_MIN;
        InputMax = 13, PAWL_GRAPH_FIGURE_INPUT_MAX;
        InputScale = 14, PAWL_GRAPH_FIGURE_INPUT_SCALE;
        InputZeroPoint = 15, PAWL_GRAPH_FIGURE_INPUT_ZERO_POINT;
        RaisedChannels = 16, PAWL_GRAPH_FIGURE_RAISED_CHANNELS;
        CouldSaturate = 17, PAWL_GRAPH_FIGURE_COULD_SATURATE;
    }
    /// `enum pawl_method_figure` of `pawl.h`.
    MethodFigure {
        Loss = 0, PAWL_METHOD_FIGURE_LOSS;
        Damping = 1, PAWL_METHOD_FIGURE_DAMPING;
        Attempts = 2, PAWL_METHOD_FIGURE_ATTEMPTS;
        DeadColumns = 3, PAWL_METHOD_FIGURE_DEAD_COLUMNS;
        Zeros = 4, PAWL_METHOD_FIGURE_ZEROS;
        ErrorBefore = 5, PAWL_METHOD_FIGURE_ERROR_BEFORE;
        ErrorAfter = 6, PAWL_METHOD_FIGURE_ERROR_AFTER;
        Ratio = 7, PAWL_METHOD_FIGURE_RATIO;
        Nan = 8, PAWL_METHOD_FIGURE_NAN;
        Inf = 9, PAWL_METHOD_FIGURE_INF;
        ZeroGroups = 10, PAWL_METHOD_FIGURE_ZERO_GROUPS;
        SaturatedScales = 11, PAWL_METHOD_FIGURE_SATURATED_SCALES;
        UnderflowedScales = 12, PAWL_METHOD_FIGURE_UNDERFLOWED_SCALES;
    }
    /// `enum pawl_language_model_figure` of `pawl.h`.
    LanguageModelFigure {
        Vocabulary = 0, PAWL_LANGUAGE_MODEL_VOCABULARY;
        Layers = 1, PAWL_LANGUAGE_MODEL_LAYERS;
        Context = 2, PAWL_LANGUAGE_MODEL_CONTEXT;
        Positions = 3, PAWL_LANGUAGE_MODEL_POSITIONS;
        Elements = 4, PAWL_LANGUAGE_MODEL_ELEMENTS;
        Bytes = 5, PAWL_LANGUAGE_MODEL_BYTES;
        ByteLevel = 6, PAWL_LANGUAGE_MODEL_BYTE_LEVEL;
        Encoder = 7, PAWL_LANGUAGE_MODEL_ENCODER;
        Width = 8, PAWL_LANGUAGE_MODEL_WIDTH;
        BeginId = 9, PAWL_LANGUAGE_MODEL_BEGIN_ID;
    }
    /// `enum pawl_eval_figure` of `pawl.h`.
    EvalFigure {
        Counted = 0, PAWL_EVAL_COUNTED;
        Nats = 1, PAWL_EVAL_NATS;
        Perplexity = 2, PAWL_EVAL_PERPLEXITY;
        BitsPerByte = 3, PAWL_EVAL_BITS_PER_BYTE;
        BitsPerWeight = 4, PAWL_EVAL_BITS_PER_WEIGHT;
        IdsPerSecond = 5, PAWL_EVAL_IDS_PER_SECOND;
        ReferencePerplexity = 6, PAWL_EVAL_REFERENCE_PERPLEXITY;
        MeanKl = 7, PAWL_EVAL_MEAN_KL;
        Kl999 = 8, PAWL_EVAL_KL_999;
        MaxKl = 9, PAWL_EVAL_MAX_KL;
        SameTop = 10, PAWL_EVAL_SAME_TOP;
        HiddenSqnrDb = 11, PAWL_EVAL_HIDDEN_SQNR_DB;
        HiddenCosine = 12, PAWL_EVAL_HIDDEN_COSINE;
        EmbeddingSqnrDb = 13, PAWL_EVAL_EMBEDDING_SQNR_DB;
        EmbeddingCosine = 14, PAWL_EVAL_EMBEDDING_COSINE;
        EmbeddingCosineMin = 15, PAWL_EVAL_EMBEDDING_COSINE_MIN;
    }
    /// `enum pawl_export_format` of `pawl.h`.
    ExportFormat {
        Gptq = 0, PAWL_EXPORT_GPTQ;
        GptqV2 = 1, PAWL_EXPORT_GPTQ_V2;
        Awq = 2, PAWL_EXPORT_AWQ;
        CompressedTensors = 3, PAWL_EXPORT_COMPRESSED_TENSORS;
        Bitsandbytes = 4, PAWL_EXPORT_BITSANDBYTES;
    }
    /// `enum pawl_rotated` of `pawl.h`.
    Rotated {
        All = 0, PAWL_ROTATED_ALL;
        Stream = 1, PAWL_ROTATED_STREAM;
        Heads = 2, PAWL_ROTATED_HEADS;
    }
}

counts! {
    /// Entries of [`QuantizeStat`].
    STAT_COUNT = 5, PAWL_STAT_COUNT;
    /// Entries of [`ErrorFigure`].
    ERROR_COUNT = 10, PAWL_ERROR_COUNT;
    /// Entries of [`MethodFigure`].
    METHOD_FIGURE_COUNT = 13, PAWL_METHOD_FIGURE_COUNT;
}
