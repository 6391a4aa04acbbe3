/* Copyright 2026 The Pawl Authors.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The C ABI of Pawl, an embeddable quantization library. C99, and C++11 or later.
 *
 * The main job, without the error handling:
 *
 *   pawl_context* ctx;
 *   pawl_context_create(NULL, &ctx);
 *   pawl_scheme* scheme;
 *   pawl_scheme_parse(ctx, "int4:g32", &scheme);
 *   pawl_tensor* weights;                              [out, in], the caller's own memory
 *   pawl_tensor_view(ctx, PAWL_DTYPE_F32, shape, 2, data, bytes, NULL, NULL, &weights);
 *   pawl_quantized_tensor* quantized;
 *   pawl_quantize(ctx, weights, scheme, NULL, NULL, 0, &quantized);
 *   pawl_linear* layer;
 *   pawl_linear_create(ctx, quantized, NULL, &layer);
 *   pawl_linear_run(ctx, layer, rows, x, PAWL_DTYPE_F32, 0, y, PAWL_DTYPE_F32, 0);
 *
 * examples/c/main.c does all of it with whole files.
 *
 * RULES, which hold for every entry unless it says otherwise
 *
 * Status. Functions that can fail return a pawl_status as int32_t, PAWL_OK being 0. What went wrong
 *   is a text that names the tensor, file, option or argument and says what to do; it is kept in
 *   the context that the call was given: pawl_context_last_error. A null context gives
 *   PAWL_INVALID_ARGUMENT and no text. A failed call changes nothing but this text; where it would
 *   have returned a handle it stores NULL. Every function may return PAWL_INVALID_ARGUMENT for a
 *   null pointer or an id that does not exist, and PAWL_RESOURCE_EXHAUSTED where memory ran out;
 *   "Errors" lists what comes beside these. No call ends the process, prints, or throws.
 * Handles. X_create and whatever else returns a handle through an out pointer makes the caller its
 *   owner; it must be given to X_destroy once. X_destroy(NULL) does nothing. Handles may be
 *   destroyed in any order: what one needs of another it shares or copies.
 * Getters without a status accept NULL and indices that are out of range: they return 0, NULL, or
 *   what they say.
 * Threads. A context serves one thread at a time, and needs no particular one (a language whose
 *   tasks move between threads is fine). pawl_context_cancel, pawl_context_is_cancelled and
 *   pawl_context_progress may come from any thread at any time. Const handles may be used from any
 *   number of threads, each with a context of its own; others need the usual care. There is no
 *   global state: everything else is independent.
 * Texts are UTF-8 and end with NUL. Those returned belong to the handle and live as long as it, or
 *   to the library where no handle is involved. Those given are copied.
 * Arrays. Counts are size_t. Shapes are `rank` dimensions, row-major, the last one contiguous; a
 *   rank of 0 is one element. Weights are W[out, in]. A null array with count 0 is an empty one.
 * Growth. Within one SONAME values of enums are never renumbered and nothing is taken away; new
 *   enum values, options and functions may come. Arrays of figures (pawl_quantize's stats, say) are
 *   filled as far as the caller's count goes, so that more figures can be added: the constants
 *   that end in _COUNT grow then. An older library leaves figures that it lacks as they are.
 */

#ifndef PAWL_CAPI_PAWL_H_
#define PAWL_CAPI_PAWL_H_

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32) || defined(__CYGWIN__)
#define PAWL_API
#else
#define PAWL_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
#define PAWL_NOEXCEPT noexcept
extern "C" {
#else
#define PAWL_NOEXCEPT
#endif

struct DLManagedTensor;          /* dlpack/dlpack.h; only callers of the DLPack functions need it */
struct DLManagedTensorVersioned; /* the same, of DLPack 1.0 and later */

/* ---- version ----------------------------------------------------------------------------------
 */

/* Of this header. */
#define PAWL_VERSION_MAJOR 0
#define PAWL_VERSION_MINOR 1
#define PAWL_VERSION_PATCH 0
#define PAWL_VERSION_NUMBER \
  (PAWL_VERSION_MAJOR * 10000 + PAWL_VERSION_MINOR * 100 + PAWL_VERSION_PATCH)

/* Of the library that is loaded: "0.1.0", and as PAWL_VERSION_NUMBER counts. */
PAWL_API const char* pawl_version_string(void) PAWL_NOEXCEPT;
PAWL_API uint32_t pawl_version_number(void) PAWL_NOEXCEPT;

/* The number in the SONAME, libpawl.so.<number>. It grows when the ABI breaks, and only then. */
PAWL_API uint32_t pawl_abi_version(void) PAWL_NOEXCEPT;

/* 1 if this build has all of what is below, 0 if it is the core profile, which has no files but
 * .pawl: see "files". */
PAWL_API int32_t pawl_has_files(void) PAWL_NOEXCEPT;

/* ---- status -----------------------------------------------------------------------------------
 */

enum pawl_status {
  PAWL_OK = 0,
  PAWL_CANCELLED = 1,
  PAWL_UNKNOWN = 2,
  PAWL_INVALID_ARGUMENT = 3,
  PAWL_DEADLINE_EXCEEDED = 4,
  PAWL_NOT_FOUND = 5,
  PAWL_ALREADY_EXISTS = 6,
  PAWL_PERMISSION_DENIED = 7,
  PAWL_RESOURCE_EXHAUSTED = 8, /* memory, disk space */
  PAWL_FAILED_PRECONDITION = 9,
  PAWL_ABORTED = 10,
  PAWL_OUT_OF_RANGE = 11,
  PAWL_UNIMPLEMENTED = 12,
  PAWL_INTERNAL = 13,
  PAWL_UNAVAILABLE = 14,
  PAWL_DATA_LOSS = 15, /* a damaged file, or one that changed while it was read */
  PAWL_UNAUTHENTICATED = 16
};

/* "ok", "invalid_argument" ...; "unknown" for any other number. */
PAWL_API const char* pawl_status_name(int32_t status) PAWL_NOEXCEPT;

/* ---- lists ------------------------------------------------------------------------------------
 */

enum pawl_list {
  PAWL_LIST_SCHEMES = 0,           /* whole schemes by name; more are texts: pawl_scheme_parse */
  PAWL_LIST_TARGETS = 1,           /* instruction sets compiled in, worst first */
  PAWL_LIST_SUPPORTED_TARGETS = 2, /* those that this CPU can run */
  PAWL_LIST_METHODS = 3,           /* quantization methods of recipes; empty in the core profile */
  PAWL_LIST_DTYPES = 4,            /* index = pawl_dtype */
  PAWL_LIST_FORMATS = 5,           /* files, index = pawl_format; empty in the core profile */
  PAWL_LIST_CHECKPOINTS = 6,       /* index = pawl_checkpoint_format; empty in the core profile */
  /* Words of schemes' texts, element[:groups][:offset][:scale][:part]..., of which <N>, <R>, <C>
   * and <AXIS> stand for numbers. */
  PAWL_LIST_ELEMENTS = 7,      /* what stands first, beside whole schemes by name */
  PAWL_LIST_GROUPS = 8,        /* what shares a scale */
  PAWL_LIST_OFFSETS = 9,       /* where zero is */
  PAWL_LIST_SCALES = 10,       /* types of scales */
  PAWL_LIST_SCHEME_PARTS = 11, /* any of these */
  /* Words of recipes and of commands; empty in the core profile. */
  PAWL_LIST_RANGES = 12,            /* of weights, index = pawl_range_method */
  PAWL_LIST_OBSERVERS = 13,         /* index = pawl_observer_kind */
  PAWL_LIST_ACTIVATION_RANGES = 14, /* index = pawl_observer_range */
  PAWL_LIST_OPERATOR_TYPES = 15,    /* index = pawl_operator */
  PAWL_LIST_GRAPH_MODES = 16,       /* index = pawl_graph_mode */
  PAWL_LIST_GRAPH_TARGETS = 17,     /* engines, index = pawl_graph_target */
  PAWL_LIST_GRAPH_FORMATS = 18,     /* index = pawl_graph_format */
  PAWL_LIST_PASS_CHOICES = 19,      /* index = pawl_pass_choice */
  PAWL_LIST_MODEL_FOLDERS = 20      /* of language models, index = pawl_export_format */
};

/* The names in a list, and one line about each (empty where the name says it all). NULL beyond its
 * end. */
PAWL_API size_t pawl_list_count(int32_t list) PAWL_NOEXCEPT;
PAWL_API const char* pawl_list_name(int32_t list, size_t index) PAWL_NOEXCEPT;
PAWL_API const char* pawl_list_description(int32_t list, size_t index) PAWL_NOEXCEPT;

/* Every enum constant of this header by its name in C, so that a binding's own constants can be
 * compared with the library's. */
PAWL_API size_t pawl_constant_count(void) PAWL_NOEXCEPT;
PAWL_API const char* pawl_constant_name(size_t index) PAWL_NOEXCEPT;
PAWL_API int64_t pawl_constant_value(size_t index) PAWL_NOEXCEPT;

/* ---- options ----------------------------------------------------------------------------------
 */

typedef struct pawl_context pawl_context;
typedef struct pawl_options pawl_options;
typedef struct pawl_tensor pawl_tensor;
typedef struct pawl_scheme pawl_scheme;
typedef struct pawl_quantized_tensor pawl_quantized_tensor;

/* Which function an options handle is for. A function that takes options takes one kind, or NULL
 * for all defaults. */
enum pawl_options_kind {
  PAWL_OPTIONS_CONTEXT = 1,
  PAWL_OPTIONS_QUANTIZE = 2,
  PAWL_OPTIONS_OBSERVER = 3,
  PAWL_OPTIONS_RANGE = 4,
  PAWL_OPTIONS_LINEAR = 5,
  PAWL_OPTIONS_JOB = 6,
  PAWL_OPTIONS_CONV = 7,
  PAWL_OPTIONS_EXECUTOR = 8,
  PAWL_OPTIONS_GRAPH_JOB = 9,
  PAWL_OPTIONS_FACTOR = 10,
  PAWL_OPTIONS_GPTQ = 11,
  PAWL_OPTIONS_PRUNING = 12,
  PAWL_OPTIONS_AWQ = 13,
  PAWL_OPTIONS_HQQ = 14,
  PAWL_OPTIONS_BLOCK_SEARCH = 15,
  PAWL_OPTIONS_LANGUAGE_MODEL = 16,
  PAWL_OPTIONS_EVAL = 17
};

enum pawl_option_value {
  PAWL_OPTION_INT = 1,
  PAWL_OPTION_DOUBLE = 2,
  PAWL_OPTION_STRING = 3,
  PAWL_OPTION_INTS = 4,
  PAWL_OPTION_FLOATS = 5,
  PAWL_OPTION_TENSOR = 6
};

/* Id, then type and default. Bounds: pawl_option_int_bounds, pawl_option_double_bounds. */
enum pawl_option {
  /* context */
  PAWL_OPT_THREADS = 101,           /* int, 0: as many as the process may run on */
  PAWL_OPT_TARGET = 102,            /* string, "": the environment's PAWL_TARGET, else the best */
  PAWL_OPT_SPIN_MICROSECONDS = 103, /* int, 50: how long an idle worker spins before it sleeps */

  /* quantize */
  PAWL_OPT_RANGE_METHOD = 201,      /* int, PAWL_RANGE_MAX: pawl_range_method */
  PAWL_OPT_PERCENTILE = 202,        /* double, 99.99, of 100: for PAWL_RANGE_PERCENTILE */
  PAWL_OPT_IMPORTANCE = 203,        /* floats [cols], none: weight of each column in errors */
  PAWL_OPT_KMEANS_ITERATIONS = 204, /* int, 100 at most: of codebooks */
  PAWL_OPT_OUTLIER_COLUMNS = 205,   /* ints, ascending: required by schemes with outliers */
  PAWL_OPT_GROUP_INDEX = 206,       /* ints [cols]: required by groups of an index map */
  PAWL_OPT_INPUT_SCALE = 207,       /* floats [cols]: required by schemes with an input scale */
  PAWL_OPT_ROTATION_SEED = 208,     /* int, 0: of the random signs of a rotation */

  /* observer */
  PAWL_OPT_OBSERVER_KIND = 301, /* int, PAWL_OBSERVER_MINMAX: pawl_observer_kind */
  PAWL_OPT_PER_CHANNEL = 302,   /* int, 0: one range for the tensor; 1: one for each channel */
  PAWL_OPT_AXIS = 303,          /* int, 0: of the channels, negative counts from the end */
  PAWL_OPT_BINS = 304,          /* int, 4096: of a histogram for each sign, a power of two */
  PAWL_OPT_MOMENTUM = 305,      /* double, 0.01 in (0, 1]: weight of the newest batch */

  /* range of what an observer saw, and the codes that it is for */
  PAWL_OPT_OBSERVER_RANGE = 401,      /* int, PAWL_OBSERVER_RANGE_MINMAX: pawl_observer_range */
  PAWL_OPT_OBSERVER_PERCENTILE = 402, /* double, 99.99, in (0, 100] */
  PAWL_OPT_MIN_CODE = 403,            /* int, -127 */
  PAWL_OPT_MAX_CODE = 404,            /* int, 127 */
  PAWL_OPT_SYMMETRIC = 405,           /* int, 1: the zero point is the middle of the codes */

  /* linear */
  PAWL_OPT_LINEAR_MODE = 501,       /* int, PAWL_LINEAR_WEIGHT_ONLY: pawl_linear_mode */
  PAWL_OPT_NAME = 502,              /* string, "": of the layer, for error texts */
  PAWL_OPT_ACTIVATION_GROUPS = 503, /* int, PAWL_ACTIVATION_PER_TOKEN: of dynamic int8 */
  PAWL_OPT_FUSED_ACTIVATION = 504,  /* int, PAWL_FUSED_NONE: pawl_fused_activation */
  PAWL_OPT_BIAS = 505,              /* tensor [out], none: float; integer-only also i32, i64 */
  PAWL_OPT_ACTIVATION_DTYPE = 506,  /* int, PAWL_DTYPE_I8: or U8, I16; static and integer-only */
  PAWL_OPT_ACTIVATION_SCALE = 507,  /* double: required by static and integer-only */
  PAWL_OPT_ACTIVATION_ZERO_POINT = 508, /* int, 0 */
  PAWL_OPT_OUTPUT_DTYPE = 509,          /* int, PAWL_DTYPE_I8: integer-only */
  PAWL_OPT_OUTPUT_SCALE = 510,          /* double: required by integer-only */
  PAWL_OPT_OUTPUT_ZERO_POINT = 511,     /* int, 0 */
  PAWL_OPT_ROUNDING = 512,              /* int, PAWL_ROUNDING_CLASSIC: pawl_rounding */
  PAWL_OPT_MULTIPLIERS = 513,       /* ints, none: pairs of multiplier and shift, one for each row
                                       or one for all: multiplier * 2^(shift-31) */
  PAWL_OPT_RELEASE_CANONICAL = 514, /* int, 0; 1: keep nothing of the tensor that was given */
  PAWL_OPT_ROUND_LEVELS = 515,      /* int, 0; 1: integer modes round the levels of tables of up to
                                       16 (nf4, fp4, codebooks) to 127 steps of the largest */
  PAWL_OPT_LINEAR_COMPUTE = 516,    /* int, PAWL_COMPUTE_F32: pawl_linear_compute, of weight-only */

  /* job */
  PAWL_OPT_INPUT = 601,       /* string: a safetensors file, an index of shards, or a folder */
  PAWL_OPT_OUTPUT = 602,      /* string: the .pawl file to write; not needed in a dry run */
  PAWL_OPT_CALIBRATION = 603, /* string, "": safetensors of importances or activations, below */
  PAWL_OPT_DRY_RUN = 604,     /* int, 0; 1: decide and estimate, write nothing */
  PAWL_OPT_MAX_MEMORY = 605,  /* int, bytes, 0: no limit */
  PAWL_OPT_RESUME = 606,      /* int, 0; 1: go on with what an interrupted run left */
  PAWL_OPT_CHECKPOINT_BYTES = 607,    /* int, 256 MiB: of the input, how much a kill may cost */
  PAWL_OPT_CALIBRATION_IDS = 608,     /* ints, none: ids of a text, on which a decoder is calibrated
                                         layer by layer; not with PAWL_OPT_CALIBRATION */
  PAWL_OPT_CALIBRATION_CONTEXT = 609, /* int, 0: ids of a window; 0: the model's own */
  PAWL_OPT_IMATRIX = 610,             /* string, "": llama.cpp's imatrix, counts before others */
  PAWL_OPT_IMATRIX_OUTPUT = 611,      /* string, "": where to write what the ids gave */

  /* geometry of a convolution; two numbers are height and width, one is the width (kernels and the
   * like have height 1 then, pads none above and below) */
  PAWL_OPT_CONV_CHANNELS = 701,  /* int, required: input channels */
  PAWL_OPT_CONV_GROUPS = 702,    /* int, 1 */
  PAWL_OPT_CONV_KERNEL = 703,    /* ints, {1, 1} */
  PAWL_OPT_CONV_STRIDES = 704,   /* ints, {1, 1} */
  PAWL_OPT_CONV_DILATIONS = 705, /* ints, {1, 1} */
  PAWL_OPT_CONV_PADS = 706,    /* ints, none: top, left, bottom, right as in ONNX; or left, right */
  PAWL_OPT_IMAGE_LAYOUT = 707, /* int, PAWL_IMAGE_NCHW: pawl_image_layout */

  /* executor */
  PAWL_OPT_RUN_MEMORY = 801,    /* int, bytes of values at a time, 0: no limit */
  PAWL_OPT_FUSE = 802,          /* int, 1: operators may be merged (an activation into the layer
                                   before it); 0: each runs on its own */
  PAWL_OPT_KEEP_OBSERVED = 803, /* int, 0; 1: each run keeps copies of the observed values, for
                                  pawl_executor_observed */

  /* job on a graph */
  PAWL_OPT_GRAPH_INPUT = 901,  /* string: an ONNX file; or pawl_graph_job_set_graph */
  PAWL_OPT_GRAPH_OUTPUT = 902, /* string, "": the ONNX file to write; without one the model is in
                                  the report alone: pawl_graph_report_graph */
  PAWL_OPT_GRAPH_CALIBRATION = 903,   /* string, "": samples in a .npz, a .npy (of a model with one
                                         input) or a folder of such files */
  PAWL_OPT_GRAPH_MODE = 904,          /* int, PAWL_GRAPH_STATIC: pawl_graph_mode */
  PAWL_OPT_GRAPH_TARGET = 905,        /* int, PAWL_GRAPH_FOR_ONNXRUNTIME: pawl_graph_target */
  PAWL_OPT_GRAPH_FORMAT = 906,        /* int, PAWL_GRAPH_QDQ: pawl_graph_format */
  PAWL_OPT_GRAPH_CHECK_SAMPLES = 907, /* int, 16: how many the result is compared on */
  PAWL_OPT_GRAPH_MAX_DROP = 908,      /* double, -1: no bound; else the layers that cost most stay
                                         in float until the outputs lose no more than this */
  PAWL_OPT_GRAPH_METRIC = 909,        /* string, "sqnr": what that is measured by, noise over signal
                                         (0.01 is 20 dB); or "top1": share of decisions */
  PAWL_OPT_GRAPH_DRY_RUN = 910,       /* int, 0; 1: decide, but observe and write nothing */
  PAWL_OPT_GRAPH_RUN_MEMORY = 911,    /* int, bytes of values at a time, 0: no limit */
  PAWL_OPT_RANGE_SEARCH = 912,        /* int, PAWL_PASS_AUTO: pawl_pass_choice, as those below */
  PAWL_OPT_CLIP_SEARCH = 913,
  PAWL_OPT_BIAS_CORRECTION = 914,
  PAWL_OPT_EQUALIZE = 915,
  PAWL_OPT_SMOOTH_QUANT = 916,
  PAWL_OPT_SMOOTH_ALPHA = 917, /* double, 0.5 in [0, 1]: the share of ranges that goes to weights */
  PAWL_OPT_FITTED_ROUNDING = 918, /* int, PAWL_PASS_AUTO: weights are rounded for the inputs that
                                     the samples give them (GPTQ) */

  /* factor of a layer's inputs */
  PAWL_OPT_DAMPING = 1001,       /* double, 0.01: added to the diagonal, of its mean; doubled until
                                    there is a factor */
  PAWL_OPT_BY_ACTIVATION = 1002, /* int, 1: columns by falling x^2 (act-order); 0: as they come */

  /* GPTQ */
  PAWL_OPT_GPTQ_RANGE = 1101,             /* int, PAWL_RANGE_SCALE_SEARCH: pawl_range_method */
  PAWL_OPT_GPTQ_PERCENTILE = 1102,        /* double, 99.99, of 100: for PAWL_RANGE_PERCENTILE */
  PAWL_OPT_GPTQ_KMEANS_ITERATIONS = 1103, /* int, 100 at most: of codebooks */
  PAWL_OPT_GPTQ_WEIGHTED_RANGE = 1104,    /* int, 1: errors of ranges count by column */
  PAWL_OPT_GPTQ_STATIC_GROUPS = 1105,     /* int, 1: scales from the weights as they are given; 0:
                                             as they are when a group's turn comes */
  PAWL_OPT_GPTQ_SPARSITY = 1106, /* double, 0 in [0, 1): share of weights pruned in the same pass */
  PAWL_OPT_GPTQ_ZEROS = 1107,    /* int, 0: pruned of each PAWL_OPT_GPTQ_ZEROS_OF inputs instead;
                                    needs a factor with PAWL_OPT_BY_ACTIVATION 0 */
  PAWL_OPT_GPTQ_ZEROS_OF = 1108, /* int, 0: 2, 4, 8 or 16 */

  /* pruning */
  PAWL_OPT_SPARSITY = 1201, /* double, 0 in [0, 1): share of weights that become 0 */
  PAWL_OPT_ZEROS = 1202,    /* int, 0: of each PAWL_OPT_ZEROS_OF inputs of an output instead; for
                               SparseGPT a factor with PAWL_OPT_BY_ACTIVATION 0 */
  PAWL_OPT_ZEROS_OF = 1203, /* int, 0: 2, 4, 8 or 16 */

  /* AWQ */
  PAWL_OPT_AWQ_RATIOS = 1301,      /* int, 20: exponents k / ratios that are tried */
  PAWL_OPT_AWQ_DUO_SCALING = 1302, /* int, 1: weights' magnitudes count, too */
  PAWL_OPT_AWQ_CLIP = 1303,        /* int, 1: search for clipped ranges afterwards */
  PAWL_OPT_AWQ_CLIP_STEPS = 1304,  /* int, 10: limits 1, 1 - 1/20 ... of the largest magnitude */
  PAWL_OPT_AWQ_MAX_SAMPLES = 1305, /* int, 512: of the inputs, evenly spaced */
  PAWL_OPT_AWQ_RANGE = 1306,       /* int, PAWL_RANGE_MAX: pawl_range_method */

  /* HQQ */
  PAWL_OPT_HQQ_NORM = 1401,       /* double, 0.7 in (0, 1] */
  PAWL_OPT_HQQ_BETA = 1402,       /* double, 10, above 0: of the first step */
  PAWL_OPT_HQQ_KAPPA = 1403,      /* double, 1.01, above 0: beta grows by this at each step */
  PAWL_OPT_HQQ_ITERATIONS = 1404, /* int, 20 */

  /* block search */
  PAWL_OPT_BLOCK_IMPORTANCE = 1501,        /* floats [columns], alike: mean x^2 of their inputs */
  PAWL_OPT_BLOCK_MAGNITUDE_WEIGHTS = 1502, /* int, 0; 1: large weights count more (llama.cpp) */
  PAWL_OPT_BLOCK_ROUNDS = 1503,            /* int, 3: of the search */

  /* language model */
  PAWL_OPT_POSITIONS = 1601,    /* int, 0: that a sequence may have; 0: the model's, 4096 at most */
  PAWL_OPT_DYNAMIC_INT8 = 1602, /* int, 0; 1: layers with integer codes quantize activations */
  PAWL_OPT_MODEL_MEMORY = 1603, /* int, bytes of values at a time, 0: no limit */

  /* evaluation */
  PAWL_OPT_EVAL_CONTEXT = 1701, /* int, 0: ids of a window; 0: the model's own, 2048 at most */
  PAWL_OPT_EVAL_STRIDE = 1702,  /* int, 0: from one window's begin to the next; 0: the context */
  PAWL_OPT_EVAL_MAX_IDS = 1703  /* int, 0: of the text's beginning; 0: all */
};

/* Errors: PAWL_INVALID_ARGUMENT for an unknown kind. */
PAWL_API int32_t pawl_options_create(int32_t kind, pawl_options** options) PAWL_NOEXCEPT;
PAWL_API void pawl_options_destroy(pawl_options* options) PAWL_NOEXCEPT;

/* Set one option; the last value counts. Arrays and texts are copied, a tensor is shared.
 * Errors: PAWL_INVALID_ARGUMENT for an option of another kind or type, PAWL_OUT_OF_RANGE beyond its
 * bounds; both say which it has. */
PAWL_API int32_t pawl_options_set_int(pawl_options* options, int32_t option,
                                      int64_t value) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_options_set_double(pawl_options* options, int32_t option,
                                         double value) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_options_set_string(pawl_options* options, int32_t option,
                                         const char* value) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_options_set_ints(pawl_options* options, int32_t option, const int32_t* values,
                                       size_t count) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_options_set_floats(pawl_options* options, int32_t option, const float* values,
                                         size_t count) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_options_set_tensor(pawl_options* options, int32_t option,
                                         const pawl_tensor* value) PAWL_NOEXCEPT;

/* Why the last call with these options failed (contexts are made from options, so that making one
 * reports here too); empty if it did not. Valid until the next call with them. */
PAWL_API const char* pawl_options_last_error(const pawl_options* options) PAWL_NOEXCEPT;

/* What an option is: its kind and type (0 for none such), its name ("threads"), the smallest and
 * the largest value it takes. Errors: PAWL_INVALID_ARGUMENT for an option of another type. */
PAWL_API int32_t pawl_option_kind(int32_t option) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_option_type(int32_t option) PAWL_NOEXCEPT;
PAWL_API const char* pawl_option_name(int32_t option) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_option_int_bounds(int32_t option, int64_t* min, int64_t* max) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_option_double_bounds(int32_t option, double* min, double* max) PAWL_NOEXCEPT;

/* ---- context ----------------------------------------------------------------------------------
 */

enum pawl_log_level {
  PAWL_LOG_DEBUG = 0,
  PAWL_LOG_INFO = 1,
  PAWL_LOG_WARNING = 2,
  PAWL_LOG_ERROR = 3
};

/* Callbacks get the `user` pointer that they were set with. They must not throw or jump out, nor
 * use the context but for pawl_context_cancel and its like. Texts are valid during the call. */

/* On the thread that called Pawl. */
typedef void (*pawl_log_fn)(void* user, int32_t level, const char* message);

/* On the thread that called Pawl: `done` of `total` `unit`s ("bytes"; total 0: not known) of a
 * stage ("quantize", "write"), with the tensor or layer at hand. Jobs also call it while a large
 * tensor lasts, about every hundredth of it: from between two tasks, so that the workers go on;
 * with a parallel-for that gives the calling thread no task only after each of its runs. */
typedef void (*pawl_progress_fn)(void* user, const char* stage, const char* item, uint64_t done,
                                 uint64_t total, const char* unit);

/* The host's own threads: call run(task, i, worker) once for each i in [0, count), in any order and
 * from any threads, and return when all are done. No two calls at a time may have the same worker,
 * and workers are in [0, PAWL_OPT_THREADS). run does not throw. */
typedef void (*pawl_task_fn)(void* task, int64_t index, int32_t worker);
typedef void (*pawl_parallel_for_fn)(void* user, int64_t count, pawl_task_fn run, void* task);

/* For options of kind PAWL_OPTIONS_CONTEXT; a null function takes the callback away. With a
 * parallel-for the context starts no threads of its own; PAWL_OPT_THREADS must then be the number
 * of the host's workers. */
PAWL_API int32_t pawl_options_set_log(pawl_options* options, pawl_log_fn log,
                                      void* user) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_options_set_progress(pawl_options* options, pawl_progress_fn progress,
                                           void* user) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_options_set_parallel_for(pawl_options* options,
                                               pawl_parallel_for_fn parallel_for,
                                               void* user) PAWL_NOEXCEPT;

/* Threads, instruction-set target and scratch memory of a piece of work, and the place where its
 * errors are told. `options` may be NULL. Errors: PAWL_INVALID_ARGUMENT for a target that is
 * unknown or that this CPU lacks (pawl_options_last_error has the list). */
PAWL_API int32_t pawl_context_create(pawl_options* options, pawl_context** context) PAWL_NOEXCEPT;
PAWL_API void pawl_context_destroy(pawl_context* context) PAWL_NOEXCEPT;

/* Status and text of the last call with this context; PAWL_OK and "" if it succeeded. Getters, and
 * the three functions that may come from any thread, do not count as calls. The text is valid until
 * the next call with the context. */
PAWL_API int32_t pawl_context_last_status(const pawl_context* context) PAWL_NOEXCEPT;
PAWL_API const char* pawl_context_last_error(const pawl_context* context) PAWL_NOEXCEPT;

/* Workers, the caller among them, and the target's name. */
PAWL_API size_t pawl_context_threads(const pawl_context* context) PAWL_NOEXCEPT;
PAWL_API const char* pawl_context_target(const pawl_context* context) PAWL_NOEXCEPT;

/* Any thread, also a signal handler: the call that runs, and all that follow, return PAWL_CANCELLED
 * at their next step, until the reset (which is for the context's own thread). */
PAWL_API void pawl_context_cancel(pawl_context* context) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_context_is_cancelled(const pawl_context* context) PAWL_NOEXCEPT;
PAWL_API void pawl_context_reset_cancel(pawl_context* context) PAWL_NOEXCEPT;

/* Any thread: the latest progress of the call that runs, or of the last one; either pointer may be
 * NULL. `total` is 0 when not known. */
PAWL_API void pawl_context_progress(const pawl_context* context, uint64_t* done,
                                    uint64_t* total) PAWL_NOEXCEPT;

/* ---- tensors ----------------------------------------------------------------------------------
 */

enum pawl_dtype {
  PAWL_DTYPE_F32 = 0,
  PAWL_DTYPE_F16 = 1,
  PAWL_DTYPE_BF16 = 2,
  PAWL_DTYPE_F64 = 3,
  PAWL_DTYPE_I8 = 4,
  PAWL_DTYPE_U8 = 5,
  PAWL_DTYPE_I16 = 6,
  PAWL_DTYPE_U16 = 7,
  PAWL_DTYPE_I32 = 8,
  PAWL_DTYPE_U32 = 9,
  PAWL_DTYPE_I64 = 10,
  PAWL_DTYPE_U64 = 11,
  PAWL_DTYPE_BOOL = 12,
  PAWL_DTYPE_E4M3 = 13, /* OCP float8 e4m3fn: no infinity */
  PAWL_DTYPE_E5M2 = 14, /* OCP float8 e5m2 */
  PAWL_DTYPE_E8M0 = 15  /* OCP MX scale: 2^(code-127), 255 is NaN */
};

/* Bytes of one element (0 for an unknown type), and the short name: "f32". */
PAWL_API size_t pawl_dtype_size(int32_t dtype) PAWL_NOEXCEPT;
PAWL_API const char* pawl_dtype_name(int32_t dtype) PAWL_NOEXCEPT;

/* Called once when memory that was lent to Pawl is no longer needed, on whatever thread drops the
 * last use of it; must not use Pawl. If the call that was given it fails, it is not called. */
typedef void (*pawl_release_fn)(void* user);

/* Zero-filled memory of Pawl's own, 64-byte aligned. */
PAWL_API int32_t pawl_tensor_create(pawl_context* context, int32_t dtype, const int64_t* shape,
                                    size_t rank, pawl_tensor** tensor) PAWL_NOEXCEPT;

/* Looks at read-only memory without a copy. `size_bytes` must cover the shape. It must stay valid
 * until `release` is called (which may be NULL: then as long as any handle may use it). */
PAWL_API int32_t pawl_tensor_view(pawl_context* context, int32_t dtype, const int64_t* shape,
                                  size_t rank, const void* data, size_t size_bytes,
                                  pawl_release_fn release, void* user,
                                  pawl_tensor** tensor) PAWL_NOEXCEPT;

/* The same for memory that Pawl may write to where the caller asks for it:
 * pawl_tensor_mutable_data, pawl_pack_codes. */
PAWL_API int32_t pawl_tensor_view_mutable(pawl_context* context, int32_t dtype,
                                          const int64_t* shape, size_t rank, void* data,
                                          size_t size_bytes, pawl_release_fn release, void* user,
                                          pawl_tensor** tensor) PAWL_NOEXCEPT;

/* A copy of `size_bytes` bytes, which must be exactly what the shape takes. */
PAWL_API int32_t pawl_tensor_copy(pawl_context* context, int32_t dtype, const int64_t* shape,
                                  size_t rank, const void* data, size_t size_bytes,
                                  pawl_tensor** tensor) PAWL_NOEXCEPT;

/* Takes over a DLPack tensor without a copy: its deleter runs with the last use of it. On error the
 * caller still owns it. It must be CPU memory and row-major; it is treated as read-only. */
PAWL_API int32_t pawl_tensor_from_dlpack(pawl_context* context, struct DLManagedTensor* managed,
                                         pawl_tensor** tensor) PAWL_NOEXCEPT;

/* Lends the memory without a copy. The receiver must call managed->deleter(managed). */
PAWL_API int32_t pawl_tensor_to_dlpack(pawl_context* context, const pawl_tensor* tensor,
                                       struct DLManagedTensor** managed) PAWL_NOEXCEPT;

/* The same with DLPack 1.x, whose flags say what is read-only: what comes in may be written to
 * unless its producer forbids it, and what goes out is flagged where pawl_tensor_mutable_data is
 * NULL. PAWL_UNIMPLEMENTED for another major version than 1. */
PAWL_API int32_t pawl_tensor_from_dlpack_versioned(pawl_context* context,
                                                   struct DLManagedTensorVersioned* managed,
                                                   pawl_tensor** tensor) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_tensor_to_dlpack_versioned(pawl_context* context, const pawl_tensor* tensor,
                                                 struct DLManagedTensorVersioned** managed)
    PAWL_NOEXCEPT;
PAWL_API void pawl_tensor_destroy(pawl_tensor* tensor) PAWL_NOEXCEPT;

/* A copy as f32: narrow floats and integers up to 24 bits exactly, others rounded half to even. */
PAWL_API int32_t pawl_tensor_to_f32(pawl_context* context, const pawl_tensor* tensor,
                                    pawl_tensor** f32) PAWL_NOEXCEPT;

/* A copy in memory of its own, which may be written to. */
PAWL_API int32_t pawl_tensor_clone(pawl_context* context, const pawl_tensor* tensor,
                                   pawl_tensor** clone) PAWL_NOEXCEPT;

/* The same memory under another shape with as many elements. */
PAWL_API int32_t pawl_tensor_reshape(pawl_context* context, const pawl_tensor* tensor,
                                     const int64_t* shape, size_t rank,
                                     pawl_tensor** reshaped) PAWL_NOEXCEPT;

/* -1 for NULL. */
PAWL_API int32_t pawl_tensor_dtype(const pawl_tensor* tensor) PAWL_NOEXCEPT;
PAWL_API size_t pawl_tensor_rank(const pawl_tensor* tensor) PAWL_NOEXCEPT;
/* `rank` dimensions. */
PAWL_API const int64_t* pawl_tensor_shape(const pawl_tensor* tensor) PAWL_NOEXCEPT;
PAWL_API size_t pawl_tensor_num_elements(const pawl_tensor* tensor) PAWL_NOEXCEPT;
PAWL_API size_t pawl_tensor_size_bytes(const pawl_tensor* tensor) PAWL_NOEXCEPT;
/* NULL where there are no elements. */
PAWL_API const void* pawl_tensor_data(const pawl_tensor* tensor) PAWL_NOEXCEPT;
/* NULL for memory that Pawl may only read: of views that are not mutable, of files, of DLPack where
 * it does not say otherwise. */
PAWL_API void* pawl_tensor_mutable_data(pawl_tensor* tensor) PAWL_NOEXCEPT;

/* ---- schemes ----------------------------------------------------------------------------------
 */

/* What a tensor becomes when it is quantized. A value is decoded as
 *   level * scale   |   (level - zero) * scale   |   level * scale - minimum
 * by the kind of its offset, then times post_scale. Groups of elements share scale and offset. */

enum pawl_element_kind {
  PAWL_ELEMENT_INT = 0,     /* two's complement, 2..8 or 16 bits */
  PAWL_ELEMENT_UINT = 1,    /* 1..8 bits */
  PAWL_ELEMENT_TERNARY = 2, /* 2 bits: -1, 0, +1 */
  PAWL_ELEMENT_BINARY = 3,  /* 1 bit: 0 is -1, 1 is +1 */
  PAWL_ELEMENT_TABLE = 4,   /* index into 2^bits levels, 1..8 bits */
  PAWL_ELEMENT_E2M1 = 5,
  PAWL_ELEMENT_E4M3 = 6,
  PAWL_ELEMENT_E5M2 = 7,
  PAWL_ELEMENT_F16 = 8,
  PAWL_ELEMENT_BF16 = 9
};

enum pawl_table_kind {
  PAWL_TABLE_NONE = 0,
  PAWL_TABLE_NF4 = 1,
  PAWL_TABLE_FP4 = 2,
  PAWL_TABLE_IQ4NL = 3,
  PAWL_TABLE_POWERS_OF_TWO = 4,
  PAWL_TABLE_ADDITIVE_POWERS_OF_TWO = 5,
  PAWL_TABLE_CODEBOOK = 6 /* learned: the tensor's own */
};

/* A tensor is a matrix: columns are the last dimension, rows all others. */
enum pawl_group_kind {
  PAWL_GROUP_TENSOR = 0,
  PAWL_GROUP_CHANNEL = 1,      /* one for each index along the axis */
  PAWL_GROUP_ALONG_ROW = 2,    /* `size` consecutive columns of a row */
  PAWL_GROUP_BLOCK_2D = 3,     /* `rows` x `size` tiles */
  PAWL_GROUP_FLAT = 4,         /* `size` consecutive elements, across rows */
  PAWL_GROUP_FLAT_STRIDED = 5, /* element e belongs to group e mod (n / size) */
  PAWL_GROUP_INDEX_MAP = 6     /* column c of a row belongs to group_index[c] */
};

enum pawl_param_kind {
  PAWL_PARAM_NONE = 0,
  PAWL_PARAM_F32 = 1,
  PAWL_PARAM_F16 = 2,
  PAWL_PARAM_BF16 = 3,
  PAWL_PARAM_E8M0 = 4,
  PAWL_PARAM_E8M0_GGML = 5,
  PAWL_PARAM_E4M3 = 6,
  PAWL_PARAM_UE4M3_GGML = 7,
  PAWL_PARAM_UINT = 8,
  PAWL_PARAM_INT = 9,
  PAWL_PARAM_TABLE = 10,
  PAWL_PARAM_E8M0_INF = 11,
  PAWL_PARAM_OWN_SCALE = 12
};

enum pawl_offset_kind {
  PAWL_OFFSET_NONE = 0,
  PAWL_OFFSET_ZERO_POINT = 1,
  PAWL_OFFSET_FLOAT_ZERO = 2,
  PAWL_OFFSET_MINIMUM = 3
};

enum pawl_arithmetic { PAWL_ARITHMETIC_F32 = 0, PAWL_ARITHMETIC_F16 = 1, PAWL_ARITHMETIC_BF16 = 2 };

/* The parts of a scheme; each is an int. */
enum pawl_scheme_field {
  PAWL_SCHEME_ELEMENT = 1, /* pawl_element_kind */
  PAWL_SCHEME_ELEMENT_BITS = 2,
  PAWL_SCHEME_TABLE = 3, /* pawl_table_kind */
  PAWL_SCHEME_GROUP = 4, /* pawl_group_kind */
  PAWL_SCHEME_GROUP_AXIS = 5,
  PAWL_SCHEME_GROUP_ROWS = 6,
  PAWL_SCHEME_GROUP_SIZE = 7,
  PAWL_SCHEME_SCALE = 8, /* pawl_param_kind, as all that are stored */
  PAWL_SCHEME_SCALE_BITS = 9,
  PAWL_SCHEME_SUPER_SCALE = 10,
  PAWL_SCHEME_SUPER_SCALE_BITS = 11,
  PAWL_SCHEME_SUPER_SIZE = 12,    /* groups that share a super-scale; -1: all */
  PAWL_SCHEME_SUPER_DIVIDES = 13, /* 1: scale = sub / super instead of sub * super */
  PAWL_SCHEME_OFFSET = 14,        /* pawl_offset_kind */
  PAWL_SCHEME_OFFSET_TYPE = 15,
  PAWL_SCHEME_OFFSET_BITS = 16,
  PAWL_SCHEME_SUPER_OFFSET = 17,
  PAWL_SCHEME_SUPER_OFFSET_BITS = 18,
  PAWL_SCHEME_ARITHMETIC = 19, /* pawl_arithmetic: what decoding rounds to */
  PAWL_SCHEME_FULL_RANGE = 20, /* 1: symmetric integers use their lowest code too */
  PAWL_SCHEME_OUTLIERS = 21,   /* type of columns kept in float; PAWL_PARAM_NONE: no such */
  PAWL_SCHEME_OUTLIERS_BITS = 22,
  PAWL_SCHEME_INPUT_SCALE = 23,   /* 1: column j is multiplied by t[j] */
  PAWL_SCHEME_ROTATION_BLOCK = 24 /* columns a Hadamard block; 0: no rotation */
};

/* From "element[:part]...": "int8", "int4:g128:asym", "nf4:flat64:dq", "codebook2", "q4_k". The
 * words are in PAWL_LIST_ELEMENTS to PAWL_LIST_SCHEME_PARTS, whole schemes in PAWL_LIST_SCHEMES.
 * Errors: PAWL_INVALID_ARGUMENT with the word, its position and the nearest valid ones. */
PAWL_API int32_t pawl_scheme_parse(pawl_context* context, const char* text,
                                   pawl_scheme** scheme) PAWL_NOEXCEPT;
PAWL_API void pawl_scheme_destroy(pawl_scheme* scheme) PAWL_NOEXCEPT;

/* The shortest text that parses back; a description where a scheme has none. Valid until a part is
 * set. */
PAWL_API const char* pawl_scheme_string(const pawl_scheme* scheme) PAWL_NOEXCEPT;

/* 1 if all parts are equal. */
PAWL_API int32_t pawl_scheme_equal(const pawl_scheme* a, const pawl_scheme* b) PAWL_NOEXCEPT;

/* Parts one by one. Setting checks only the part's own bounds (PAWL_OUT_OF_RANGE); whether the
 * parts go together is checked by pawl_scheme_validate and where the scheme is used. */
PAWL_API int32_t pawl_scheme_get(pawl_context* context, const pawl_scheme* scheme, int32_t field,
                                 int64_t* value) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_scheme_set(pawl_context* context, pawl_scheme* scheme, int32_t field,
                                 int64_t value) PAWL_NOEXCEPT;
PAWL_API float pawl_scheme_post_scale(const pawl_scheme* scheme) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_scheme_set_post_scale(pawl_context* context, pawl_scheme* scheme,
                                            float post_scale) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_scheme_validate(pawl_context* context,
                                      const pawl_scheme* scheme) PAWL_NOEXCEPT;

/* For a tensor of this shape: number of groups (and so of scales), of super-scales (0 where the
 * scheme has none), bytes of codes and parameters,
 * and bits for each element; outlier columns, which depend on the data, do not count.
 * Errors: PAWL_INVALID_ARGUMENT where the shape does not fit. */
PAWL_API int32_t pawl_scheme_num_groups(pawl_context* context, const pawl_scheme* scheme,
                                        const int64_t* shape, size_t rank,
                                        size_t* groups) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_scheme_num_super_groups(pawl_context* context, const pawl_scheme* scheme,
                                              const int64_t* shape, size_t rank,
                                              size_t* super_groups) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_scheme_storage_bytes(pawl_context* context, const pawl_scheme* scheme,
                                           const int64_t* shape, size_t rank,
                                           size_t* bytes) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_scheme_bits_per_weight(pawl_context* context, const pawl_scheme* scheme,
                                             const int64_t* shape, size_t rank,
                                             double* bits) PAWL_NOEXCEPT;

/* ---- quantized tensors ------------------------------------------------------------------------
 */

/* How the range of a group of weights is found. */
enum pawl_range_method {
  PAWL_RANGE_MAX = 0,
  PAWL_RANGE_PERCENTILE = 1,
  PAWL_RANGE_MSE = 2,         /* the clipped range with the least squared error */
  PAWL_RANGE_SCALE_SEARCH = 3 /* and for each rounding the scale that suits it best */
};

/* What pawl_quantize counts: values and groups that the scheme could not take as they were. */
enum pawl_quantize_stat {
  PAWL_STAT_NAN = 0,                /* values: became code 0 or what is nearest to 0 */
  PAWL_STAT_INF = 1,                /* values: went to the end of the range */
  PAWL_STAT_ZERO_GROUPS = 2,        /* groups without a finite value other than 0 */
  PAWL_STAT_SATURATED_SCALES = 3,   /* scales too large for their type: values were clipped */
  PAWL_STAT_UNDERFLOWED_SCALES = 4, /* scales too small for their type: values became 0 */
  PAWL_STAT_COUNT = 5
};

/* Round to nearest. `weights` is any float type; `options` of kind PAWL_OPTIONS_QUANTIZE. The first
 * `stats_count` figures of pawl_quantize_stat are written to `stats`. The same codes for every
 * target and number of threads. Errors: PAWL_INVALID_ARGUMENT where the shape, the type or an
 * option does not fit the scheme; PAWL_CANCELLED. */
PAWL_API int32_t pawl_quantize(pawl_context* context, const pawl_tensor* weights,
                               const pawl_scheme* scheme, const pawl_options* options,
                               int64_t* stats, size_t stats_count,
                               pawl_quantized_tensor** quantized) PAWL_NOEXCEPT;

/* Parts of a quantized tensor in canonical packing: each row of codes is a stream of fields of
 * `bits` bits, first code lowest, padded to a byte; parameters are one for each group. */
enum pawl_part {
  PAWL_PART_CODES = 0,           /* u8 [rows, bytes of a row] */
  PAWL_PART_SCALES = 1,          /* by the scheme: f32 f16 bf16, or u8 for all others */
  PAWL_PART_OFFSETS = 2,         /* likewise */
  PAWL_PART_SUPER_SCALES = 3,    /* likewise, one for each super-group */
  PAWL_PART_SUPER_OFFSETS = 4,   /* likewise */
  PAWL_PART_LEVELS = 5,          /* f32 [1 or rows, 2^bits]: codebooks */
  PAWL_PART_SCALE_LEVELS = 6,    /* f32 [256]: PAWL_PARAM_TABLE */
  PAWL_PART_GROUP_INDEX = 7,     /* i32 [cols]: PAWL_GROUP_INDEX_MAP */
  PAWL_PART_OUTLIER_COLUMNS = 8, /* i32 [k] ascending */
  PAWL_PART_OUTLIER_VALUES = 9,  /* [rows, k] in the scheme's type */
  PAWL_PART_INPUT_SCALE = 10,    /* f32 [cols] */
  PAWL_PART_ROTATION_SIGNS = 11  /* i8 [cols], +1 or -1 */
};

/* Zero-filled parts of the right types and sizes, to be replaced by pawl_quantized_tensor_set_part
 * (for readers of formats that Pawl lacks). Parts that do not exist are empty tensors. */
PAWL_API int32_t pawl_quantized_tensor_create(pawl_context* context, const pawl_scheme* scheme,
                                              const int64_t* shape, size_t rank,
                                              pawl_quantized_tensor** quantized) PAWL_NOEXCEPT;
PAWL_API void pawl_quantized_tensor_destroy(pawl_quantized_tensor* quantized) PAWL_NOEXCEPT;

/* A part, sharing memory. Setting does not check what is set: pawl_quantized_tensor_validate does,
 * and so does every function that would decode it. */
PAWL_API int32_t pawl_quantized_tensor_part(pawl_context* context,
                                            const pawl_quantized_tensor* quantized, int32_t part,
                                            pawl_tensor** tensor) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_quantized_tensor_set_part(pawl_context* context,
                                                pawl_quantized_tensor* quantized, int32_t part,
                                                const pawl_tensor* tensor) PAWL_NOEXCEPT;
/* With PAWL_PARAM_TABLE: scale = table[sub] * super + scale_offset. */
PAWL_API float pawl_quantized_tensor_scale_offset(const pawl_quantized_tensor* quantized)
    PAWL_NOEXCEPT;
PAWL_API int32_t pawl_quantized_tensor_set_scale_offset(pawl_context* context,
                                                        pawl_quantized_tensor* quantized,
                                                        float scale_offset) PAWL_NOEXCEPT;

/* Checks every part's type and size and every index, so that decoding cannot read out of bounds.
 * Errors: PAWL_INVALID_ARGUMENT naming the part. */
PAWL_API int32_t pawl_quantized_tensor_validate(
    pawl_context* context, const pawl_quantized_tensor* quantized) PAWL_NOEXCEPT;

/* A copy of the scheme. */
PAWL_API int32_t pawl_quantized_tensor_scheme(pawl_context* context,
                                              const pawl_quantized_tensor* quantized,
                                              pawl_scheme** scheme) PAWL_NOEXCEPT;
PAWL_API size_t pawl_quantized_tensor_rank(const pawl_quantized_tensor* quantized) PAWL_NOEXCEPT;
PAWL_API const int64_t* pawl_quantized_tensor_shape(const pawl_quantized_tensor* quantized)
    PAWL_NOEXCEPT;
PAWL_API size_t pawl_quantized_tensor_rows(const pawl_quantized_tensor* quantized) PAWL_NOEXCEPT;
PAWL_API size_t pawl_quantized_tensor_cols(const pawl_quantized_tensor* quantized) PAWL_NOEXCEPT;
/* Of all parts. */
PAWL_API size_t pawl_quantized_tensor_size_bytes(const pawl_quantized_tensor* quantized)
    PAWL_NOEXCEPT;
PAWL_API double pawl_quantized_tensor_bits_per_weight(const pawl_quantized_tensor* quantized)
    PAWL_NOEXCEPT;

/* Decodes rows [row_begin, row_begin + count / cols) to f32 [.., cols]; count is a multiple of
 * cols. Includes outliers, input scale and rotation: the matrix that acts on the original
 * activations. Bit-identical for every target and number of threads. */
PAWL_API int32_t pawl_dequantize(pawl_context* context, const pawl_quantized_tensor* quantized,
                                 size_t row_begin, float* out, size_t count) PAWL_NOEXCEPT;

/* Codes of those rows as numbers (of tables: indices; of f16 and bf16: raw bits), and back. Packing
 * changes the memory of the part, and so of all handles that share it: do it before layers are
 * made. Errors: PAWL_FAILED_PRECONDITION where Pawl may only read the codes. */
PAWL_API int32_t pawl_unpack_codes(pawl_context* context, const pawl_quantized_tensor* quantized,
                                   size_t row_begin, int16_t* codes, size_t count) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_pack_codes(pawl_context* context, pawl_quantized_tensor* quantized,
                                 size_t row_begin, const int16_t* codes,
                                 size_t count) PAWL_NOEXCEPT;

/* Error of a decoded tensor against its original. Elements that are NaN or infinite in either are
 * in none of the first four, and counted in the others, which are whole numbers. Where no element
 * is left the first four say that nothing differs: look at PAWL_ERROR_COMPARED. */
enum pawl_error_figure {
  PAWL_ERROR_SQNR_DB = 0, /* 10 log10(sum w^2 / sum (w-q)^2); +infinity for no error */
  PAWL_ERROR_COSINE = 1,
  PAWL_ERROR_MAX = 2, /* largest |w - q| */
  PAWL_ERROR_MSE = 3,
  PAWL_ERROR_COMPARED = 4, /* elements that are finite in both */
  PAWL_ERROR_ORIGINAL_NAN = 5,
  PAWL_ERROR_ORIGINAL_INF = 6,
  PAWL_ERROR_DECODED_NAN = 7,
  PAWL_ERROR_DECODED_INF = 8,
  PAWL_ERROR_UNLIKE = 9, /* of those left out: not NaN in both, nor the same infinity */
  PAWL_ERROR_COUNT = 10
};

/* `original` has any float type and the same shape. The first `count` figures are written to
 * `figures`, the same for every target and number of threads. Errors: PAWL_INVALID_ARGUMENT for
 * shapes that differ; PAWL_CANCELLED. */
PAWL_API int32_t pawl_compare(pawl_context* context, const pawl_tensor* original,
                              const pawl_quantized_tensor* quantized, double* figures,
                              size_t count) PAWL_NOEXCEPT;

/* The same for two quantized tensors of one shape, such as before and after a conversion. */
PAWL_API int32_t pawl_compare_quantized(pawl_context* context,
                                        const pawl_quantized_tensor* original,
                                        const pawl_quantized_tensor* quantized, double* figures,
                                        size_t count) PAWL_NOEXCEPT;

/* ---- observers --------------------------------------------------------------------------------
 */

/* Running statistics of activations over calibration batches. Memory is fixed by the options and
 * the number of channels. */

typedef struct pawl_observer pawl_observer;

enum pawl_observer_kind {
  PAWL_OBSERVER_MINMAX = 0,
  PAWL_OBSERVER_MOVING_AVERAGE = 1, /* of each batch's smallest and largest value */
  PAWL_OBSERVER_HISTOGRAM = 2       /* for percentile, entropy and MSE ranges */
};

enum pawl_observer_range {
  PAWL_OBSERVER_RANGE_MINMAX = 0,
  PAWL_OBSERVER_RANGE_PERCENTILE = 1,
  PAWL_OBSERVER_RANGE_ENTROPY = 2,
  PAWL_OBSERVER_RANGE_MSE = 3
};

/* `options` of kind PAWL_OPTIONS_OBSERVER. */
PAWL_API int32_t pawl_observer_create(pawl_context* context, const pawl_options* options,
                                      pawl_observer** observer) PAWL_NOEXCEPT;
PAWL_API void pawl_observer_destroy(pawl_observer* observer) PAWL_NOEXCEPT;

/* One batch: f32 f16 bf16 f64 e4m3 e5m2 of any shape; or values without a shape (not for observers
 * per channel). NaN and infinities are counted and left out.
 * Errors: PAWL_INVALID_ARGUMENT for another type or number of channels than before. */
PAWL_API int32_t pawl_observer_observe(pawl_context* context, pawl_observer* observer,
                                       const pawl_tensor* batch) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_observer_observe_f32(pawl_context* context, pawl_observer* observer,
                                           const float* values, size_t count) PAWL_NOEXCEPT;

/* Adds the other's statistics: those of one observer that saw both's values (moving averages
 * approximately). Errors: PAWL_INVALID_ARGUMENT where options or channels differ. */
PAWL_API int32_t pawl_observer_merge(pawl_context* context, pawl_observer* observer,
                                     const pawl_observer* other) PAWL_NOEXCEPT;

/* Sums over all channels; finite values only in the first. */
PAWL_API uint64_t pawl_observer_count(const pawl_observer* observer) PAWL_NOEXCEPT;
PAWL_API uint64_t pawl_observer_nan_count(const pawl_observer* observer) PAWL_NOEXCEPT;
PAWL_API uint64_t pawl_observer_inf_count(const pawl_observer* observer) PAWL_NOEXCEPT;
PAWL_API size_t pawl_observer_size_bytes(const pawl_observer* observer) PAWL_NOEXCEPT;

/* How many ranges there are: 1, or the number of channels. */
PAWL_API size_t pawl_observer_channels(const pawl_observer* observer) PAWL_NOEXCEPT;

/* One range for each channel, and scales and zero points for it: value = (code - zero_point) *
 * scale. `options` of kind PAWL_OPTIONS_RANGE. Arrays have `count` elements, which must be
 * pawl_observer_channels. Scales are finite, normal and positive whatever was seen.
 * Errors: PAWL_INVALID_ARGUMENT for a range that needs a histogram, or another count. */
PAWL_API int32_t pawl_observer_ranges(pawl_context* context, const pawl_observer* observer,
                                      const pawl_options* options, double* min, double* max,
                                      size_t count) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_observer_qparams(pawl_context* context, const pawl_observer* observer,
                                       const pawl_options* options, float* scales,
                                       int32_t* zero_points, size_t count) PAWL_NOEXCEPT;

/* The histogram of a channel (0 where there is but one): bin i of the first half counts values
 * with |x| in [i, i+1) * 2^exponent that are not negative, the second half those that are. `bins`
 * is written always: their number in both halves, 0 where there is none (another kind of observer,
 * or nothing but zeros yet). The first `count` of them go to `counts`.
 * Errors: PAWL_OUT_OF_RANGE for another channel. */
PAWL_API int32_t pawl_observer_histogram(pawl_context* context, const pawl_observer* observer,
                                         size_t channel, int32_t* exponent, size_t* bins,
                                         uint64_t* counts, size_t count) PAWL_NOEXCEPT;

/* Scale and zero point for a range, without an observer; of the options only the codes count. */
PAWL_API int32_t pawl_compute_qparams(pawl_context* context, double min, double max,
                                      const pawl_options* options, float* scale,
                                      int32_t* zero_point) PAWL_NOEXCEPT;

/* ---- fake quantization ------------------------------------------------------------------------
 */

/* Quantizes and dequantizes in one step, for quantization-aware training:
 *   out = (clamp(round(x / scale) + zero_point) - zero_point) * scale
 * x has `shape`; `num_scales` is 1, or the size of dimension `axis` (negative from the end).
 * zero_points may be NULL (all 0). Codes are min_code..max_code. NaN stays NaN. `out` may be x. */
PAWL_API int32_t pawl_fake_quantize(pawl_context* context, const float* x, const int64_t* shape,
                                    size_t rank, const float* scales, const int32_t* zero_points,
                                    size_t num_scales, int32_t axis, int32_t min_code,
                                    int32_t max_code, float* out) PAWL_NOEXCEPT;

/* Its gradients: grad_x by the straight-through estimator (like x; may be grad_out), and, unless
 * NULL, those of scales and zero points [num_scales] (LSQ, LSQ+), times `scale_factor`. */
PAWL_API int32_t pawl_fake_quantize_backward(pawl_context* context, const float* x,
                                             const int64_t* shape, size_t rank, const float* scales,
                                             const int32_t* zero_points, size_t num_scales,
                                             int32_t axis, int32_t min_code, int32_t max_code,
                                             const float* grad_out, double scale_factor,
                                             float* grad_x, double* grad_scale,
                                             double* grad_zero_point) PAWL_NOEXCEPT;

/* LSQ's factor for a scale that `count` elements share, 1 / sqrt(count * max_code), and its first
 * scale, 2 * mean(|x|) / sqrt(max_code). */
PAWL_API int32_t pawl_lsq_gradient_factor(pawl_context* context, size_t count, int32_t max_code,
                                          double* factor) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_lsq_initial_scale(pawl_context* context, const float* x, size_t count,
                                        int32_t max_code, float* scale) PAWL_NOEXCEPT;

/* ---- layers -----------------------------------------------------------------------------------
 */

typedef struct pawl_linear pawl_linear;
typedef struct pawl_embedding pawl_embedding;
typedef struct pawl_conv pawl_conv;

enum pawl_linear_mode {
  PAWL_LINEAR_WEIGHT_ONLY = 0,  /* weights decoded to f32, float activations as they are */
  PAWL_LINEAR_DYNAMIC_INT8 = 1, /* activations quantized per token while running */
  PAWL_LINEAR_STATIC_INT8 = 2,  /* activations quantized with a given scale, or given as codes */
  PAWL_LINEAR_INTEGER_ONLY = 3  /* codes in, codes out, no float arithmetic */
};

enum pawl_linear_compute {
  PAWL_COMPUTE_F32 = 0, /* the same bits on every CPU */
  /* Activations and weights rounded to bf16, products summed in f32: faster where the CPU has
   * AVX512_BF16 or AMX-BF16. Results may differ between CPUs, each within 2^-7 of the sum of the
   * products' magnitudes (and what f32 sums lose) from the exact result. Not for convolutions. */
  PAWL_COMPUTE_BF16 = 1
};

enum pawl_activation_groups {
  PAWL_ACTIVATION_PER_TOKEN = 0,
  PAWL_ACTIVATION_PER_TOKEN_AND_GROUP = 1 /* one scale for each token and weight group */
};

enum pawl_fused_activation {
  PAWL_FUSED_NONE = 0,
  PAWL_FUSED_RELU = 1,
  PAWL_FUSED_RELU6 = 2,
  PAWL_FUSED_SILU = 3,
  PAWL_FUSED_GELU = 4,
  PAWL_FUSED_GELU_TANH = 5,
  PAWL_FUSED_HARD_SWISH = 6
};

enum pawl_rounding {
  PAWL_ROUNDING_CLASSIC = 0, /* gemmlowp: twice */
  PAWL_ROUNDING_SINGLE = 1   /* ruy: once, half up */
};

enum pawl_image_layout {
  PAWL_IMAGE_NCHW = 0, /* [batch, channels, height, width] */
  PAWL_IMAGE_NHWC = 1  /* [batch, height, width, channels]: faster */
};

/* Integer arithmetic of TFLite's kind: a positive real number as multiplier * 2^(shift - 31), the
 * nearest; and accumulators times such a number, rounded and saturated to 32 bits. `out` may be
 * acc (of pawl_requantize). pawl_requantize_wide is for the sums of 16-bit activations: the
 * multiplier is first rounded to 16 bits, then there is one rounding; its shift is at most 14.
 * Errors: PAWL_INVALID_ARGUMENT for a real that is negative or not finite, a multiplier that is
 * negative, a shift outside [-31, 30]. */
PAWL_API int32_t pawl_fixed_point_multiplier(pawl_context* context, double real,
                                             int32_t* multiplier, int32_t* shift) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_requantize(pawl_context* context, const int32_t* acc, size_t count,
                                 int32_t multiplier, int32_t shift, int32_t rounding,
                                 int32_t* out) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_requantize_wide(pawl_context* context, const int64_t* acc, size_t count,
                                      int32_t multiplier, int32_t shift,
                                      int32_t* out) PAWL_NOEXCEPT;

/* y = activation(x . W^T + bias), W quantized [out, in], x [rows, in], y [rows, out]. Shares the
 * weights' memory and packs them on the context's threads. `options` of kind PAWL_OPTIONS_LINEAR.
 * The layer is immutable. Errors: PAWL_INVALID_ARGUMENT naming the layer and the option or part
 * that does not fit, and which modes would take these weights. */
PAWL_API int32_t pawl_linear_create(pawl_context* context, const pawl_quantized_tensor* weights,
                                    const pawl_options* options,
                                    pawl_linear** linear) PAWL_NOEXCEPT;
PAWL_API void pawl_linear_destroy(pawl_linear* linear) PAWL_NOEXCEPT;

/* x: f32, f16 or bf16 (static int8 also codes, integer-only nothing else); y: f32, f16 or bf16, or
 * the output type of integer-only. Row i begins `stride` elements after row i-1; 0: rows are dense.
 * x and y must not overlap. rows may be 0. Every bit of y is the same for every target, number of
 * threads, batch and run. Nothing is allocated after the first call of a shape.
 * Errors: PAWL_INVALID_ARGUMENT for types that do not fit, PAWL_CANCELLED. */
PAWL_API int32_t pawl_linear_run(pawl_context* context, const pawl_linear* linear, size_t rows,
                                 const void* x, int32_t x_dtype, size_t x_stride, void* y,
                                 int32_t y_dtype, size_t y_stride) PAWL_NOEXCEPT;

/* `count` layers on the same x, as attention's query, key and value: y[i] is layer i's result,
 * dense rows of y_dtype, bit for bit as pawl_linear_run gives it. x is quantized once for all
 * layers that share it (pawl_linear_shares_input: the same mode, activation settings and groups of
 * columns). Any layers of as many input features may be given. Errors: as pawl_linear_run, before
 * anything is written. */
PAWL_API int32_t pawl_linear_run_group(pawl_context* context, const pawl_linear* const* linears,
                                       size_t count, size_t rows, const void* x, int32_t x_dtype,
                                       size_t x_stride, void* const* y,
                                       int32_t y_dtype) PAWL_NOEXCEPT;
/* 1 or 0; 0 where one is NULL. */
PAWL_API int32_t pawl_linear_shares_input(const pawl_linear* a, const pawl_linear* b) PAWL_NOEXCEPT;

PAWL_API size_t pawl_linear_in_features(const pawl_linear* linear) PAWL_NOEXCEPT;
PAWL_API size_t pawl_linear_out_features(const pawl_linear* linear) PAWL_NOEXCEPT;
/* pawl_linear_mode; -1 for NULL. */
PAWL_API int32_t pawl_linear_get_mode(const pawl_linear* linear) PAWL_NOEXCEPT;
PAWL_API const char* pawl_linear_name(const pawl_linear* linear) PAWL_NOEXCEPT;
/* Bytes that the layer keeps, canonical weights included. */
PAWL_API size_t pawl_linear_size_bytes(const pawl_linear* linear) PAWL_NOEXCEPT;
/* Scratch that pawl_linear_run takes from a context of `threads` workers. */
PAWL_API size_t pawl_linear_workspace_bytes(const pawl_linear* linear, size_t rows,
                                            size_t threads) PAWL_NOEXCEPT;
/* The weights in canonical form, sharing memory. Errors: PAWL_FAILED_PRECONDITION where they were
 * released. */
PAWL_API int32_t pawl_linear_weights(pawl_context* context, const pawl_linear* linear,
                                     pawl_quantized_tensor** weights) PAWL_NOEXCEPT;

/* y = activation(convolution of x with W + bias) in two dimensions or one, W quantized
 * [out, in/groups * kernel height * kernel width] with columns in the order of ONNX and PyTorch.
 * `conv_options`, of kind PAWL_OPTIONS_CONV, have the geometry; `layer_options`, of kind
 * PAWL_OPTIONS_LINEAR or NULL, all else: mode, bias, activation, types and scales of codes (8
 * bits), a row of W being an output channel. Padding counts as zero, in codes as the zero point.
 * Dynamic int8 has one scale for each image. Shares the weights' memory. The layer is immutable.
 * Errors: PAWL_INVALID_ARGUMENT naming the layer and the option or part that does not fit. */
PAWL_API int32_t pawl_conv_create(pawl_context* context, const pawl_quantized_tensor* weights,
                                  const pawl_options* conv_options,
                                  const pawl_options* layer_options,
                                  pawl_conv** conv) PAWL_NOEXCEPT;
/* The same with weights that are not quantized, f32, f16 or bf16 (of any rank, the first dimension
 * is out), in mode PAWL_LINEAR_WEIGHT_ONLY. Keeps nothing of the tensor. */
PAWL_API int32_t pawl_conv_create_float(pawl_context* context, const pawl_tensor* weights,
                                        const pawl_options* conv_options,
                                        const pawl_options* layer_options,
                                        pawl_conv** conv) PAWL_NOEXCEPT;
PAWL_API void pawl_conv_destroy(pawl_conv* conv) PAWL_NOEXCEPT;

/* `batch` images x of height by width (height 1 in one dimension), image i beginning `x_stride`
 * elements after image i-1, 0 meaning that there is nothing between them; likewise y, of
 * pawl_conv_output_height by pawl_conv_output_width. x: f32 (static int8 also codes, integer-only
 * nothing else); y: f32, or the output type of integer-only. x and y must not overlap. batch may be
 * 0. Every bit of y is the same for every target, number of threads, batch and run. Nothing is
 * allocated after the first call of a shape.
 * Errors: PAWL_INVALID_ARGUMENT for sizes and types that do not fit, PAWL_CANCELLED. */
PAWL_API int32_t pawl_conv_run(pawl_context* context, const pawl_conv* conv, size_t batch,
                               size_t height, size_t width, const void* x, int32_t x_dtype,
                               size_t x_stride, void* y, int32_t y_dtype,
                               size_t y_stride) PAWL_NOEXCEPT;

PAWL_API size_t pawl_conv_in_channels(const pawl_conv* conv) PAWL_NOEXCEPT;
PAWL_API size_t pawl_conv_out_channels(const pawl_conv* conv) PAWL_NOEXCEPT;
/* Size of the results for images of that size; 0 where the kernel does not fit into them. */
PAWL_API size_t pawl_conv_output_height(const pawl_conv* conv, size_t height) PAWL_NOEXCEPT;
PAWL_API size_t pawl_conv_output_width(const pawl_conv* conv, size_t width) PAWL_NOEXCEPT;
/* pawl_linear_mode; -1 for NULL. */
PAWL_API int32_t pawl_conv_get_mode(const pawl_conv* conv) PAWL_NOEXCEPT;
PAWL_API const char* pawl_conv_name(const pawl_conv* conv) PAWL_NOEXCEPT;
/* Bytes that the layer keeps, canonical weights included. */
PAWL_API size_t pawl_conv_size_bytes(const pawl_conv* conv) PAWL_NOEXCEPT;
/* Scratch that pawl_conv_run takes from a context of `threads` workers, for images of that size. */
PAWL_API size_t pawl_conv_workspace_bytes(const pawl_conv* conv, size_t height, size_t width,
                                          size_t threads) PAWL_NOEXCEPT;
/* The weights in canonical form, sharing memory. Errors: PAWL_FAILED_PRECONDITION where they were
 * released, or are floats. */
PAWL_API int32_t pawl_conv_weights(pawl_context* context, const pawl_conv* conv,
                                   pawl_quantized_tensor** weights) PAWL_NOEXCEPT;

/* Looks up rows of a table [rows, cols] of any scheme. `name`, for error texts, may be NULL. */
PAWL_API int32_t pawl_embedding_create(pawl_context* context, const pawl_quantized_tensor* table,
                                       const char* name, pawl_embedding** embedding) PAWL_NOEXCEPT;
PAWL_API void pawl_embedding_destroy(pawl_embedding* embedding) PAWL_NOEXCEPT;

/* Row i of y (f32, f16 or bf16) becomes row indices[i] of the table.
 * Errors: PAWL_OUT_OF_RANGE naming the index and its position, before anything is written. */
PAWL_API int32_t pawl_embedding_lookup_i32(pawl_context* context, const pawl_embedding* embedding,
                                           const int32_t* indices, size_t count, void* y,
                                           int32_t y_dtype, size_t y_stride) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_embedding_lookup_i64(pawl_context* context, const pawl_embedding* embedding,
                                           const int64_t* indices, size_t count, void* y,
                                           int32_t y_dtype, size_t y_stride) PAWL_NOEXCEPT;
PAWL_API size_t pawl_embedding_rows(const pawl_embedding* embedding) PAWL_NOEXCEPT;
PAWL_API size_t pawl_embedding_cols(const pawl_embedding* embedding) PAWL_NOEXCEPT;
/* The table, sharing memory. */
PAWL_API int32_t pawl_embedding_table(pawl_context* context, const pawl_embedding* embedding,
                                      pawl_quantized_tensor** table) PAWL_NOEXCEPT;
PAWL_API size_t pawl_embedding_workspace_bytes(const pawl_embedding* embedding,
                                               size_t threads) PAWL_NOEXCEPT;

/* ==== files ====================================================================================
 *
 * From here on the core profile (pawl_has_files) has buffers and .pawl files alone, those without
 * packed layers and recipes; all else returns PAWL_UNIMPLEMENTED, NULL and 0 there.
 *
 * Readers treat every byte as hostile and map files: tensors look at the map without a copy and
 * keep it alive, so a reader may be destroyed before them. If somebody truncates a file while a
 * view of it is read, the process gets SIGBUS as with any map. A const reader may be used from any
 * number of threads, each with a context of its own.
 *
 * Writers write beside the target and rename in X_finish: the file appears whole or not at all.
 * Destroying a writer that did not finish leaves nothing behind. Serve one thread at a time.
 * Instead of a path they take a buffer or a function of the host's: the same bytes. What they gave
 * to either before an error, or before they were destroyed, stays there. */

typedef struct pawl_text pawl_text;
typedef struct pawl_buffer pawl_buffer;
typedef struct pawl_checkpoint pawl_checkpoint;
typedef struct pawl_model_reader pawl_model_reader;
typedef struct pawl_model_writer pawl_model_writer;
typedef struct pawl_file_reader pawl_file_reader;
typedef struct pawl_file_writer pawl_file_writer;
typedef struct pawl_calibrator pawl_calibrator;
typedef struct pawl_tensorrt_cache pawl_tensorrt_cache;
typedef struct pawl_recipe pawl_recipe;
typedef struct pawl_job pawl_job;
typedef struct pawl_report pawl_report;

/* A text that a function made: `size` bytes and a NUL. */
PAWL_API const char* pawl_text_data(const pawl_text* text) PAWL_NOEXCEPT;
PAWL_API size_t pawl_text_size(const pawl_text* text) PAWL_NOEXCEPT;
PAWL_API void pawl_text_destroy(pawl_text* text) PAWL_NOEXCEPT;

enum pawl_format { PAWL_FORMAT_SAFETENSORS = 0, PAWL_FORMAT_PAWL = 1, PAWL_FORMAT_GGUF = 2 };

/* What a file is, by its content; a folder is taken for a sharded safetensors model.
 * Errors: PAWL_NOT_FOUND; PAWL_INVALID_ARGUMENT for a file of no known format. */
PAWL_API int32_t pawl_detect_format(pawl_context* context, const char* path,
                                    int32_t* format) PAWL_NOEXCEPT;

/* The same for a file's bytes, of which the first few suffice. `name`, for the error and for its
 * extension, may be NULL. */
PAWL_API int32_t pawl_detect_format_memory(pawl_context* context, const void* bytes, size_t size,
                                           const char* name, int32_t* format) PAWL_NOEXCEPT;

/* Memory for a writer to write to, 64-byte aligned; it grows. What is in it may be given to
 * X_open_memory. Data (NULL while there is none) is valid until the next write or clear. A writer
 * or job that has the buffer keeps it alive, and needs an empty one. */
PAWL_API int32_t pawl_buffer_create(pawl_context* context, pawl_buffer** buffer) PAWL_NOEXCEPT;
PAWL_API void pawl_buffer_destroy(pawl_buffer* buffer) PAWL_NOEXCEPT;
PAWL_API const void* pawl_buffer_data(const pawl_buffer* buffer) PAWL_NOEXCEPT;
PAWL_API size_t pawl_buffer_size(const pawl_buffer* buffer) PAWL_NOEXCEPT;
PAWL_API void pawl_buffer_clear(pawl_buffer* buffer) PAWL_NOEXCEPT;

/* The host's own place for a file: put `size` bytes at `offset`. On the thread that called Pawl.
 * Returns PAWL_OK, or the pawl_status that the call is to return. Every byte of a file comes once:
 * of safetensors the header first and tensors as they are appended, of .pawl files all from byte 64
 * on in order and the first 64 at the end. */
typedef int32_t (*pawl_write_fn)(void* user, uint64_t offset, const void* bytes, size_t size);

/* ---- models: safetensors ----------------------------------------------------------------------
 */

/* A file, an index of shards ("model.safetensors.index.json"), or a folder with either; or a
 * file's bytes in memory, which must stay valid until `release` is called (NULL: as long as the
 * reader and its tensors). `name`, for error texts, may be NULL.
 * Errors: PAWL_NOT_FOUND, PAWL_PERMISSION_DENIED; PAWL_INVALID_ARGUMENT for what is not valid
 * safetensors, naming the byte or the tensor; PAWL_DATA_LOSS. */
PAWL_API int32_t pawl_model_reader_open(pawl_context* context, const char* path,
                                        pawl_model_reader** reader) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_model_reader_open_memory(pawl_context* context, const void* bytes,
                                               size_t size, pawl_release_fn release, void* user,
                                               const char* name,
                                               pawl_model_reader** reader) PAWL_NOEXCEPT;
PAWL_API void pawl_model_reader_destroy(pawl_model_reader* reader) PAWL_NOEXCEPT;

/* Tensors by index, in the order of their bytes. */
PAWL_API size_t pawl_model_reader_count(const pawl_model_reader* reader) PAWL_NOEXCEPT;
PAWL_API const char* pawl_model_reader_name(const pawl_model_reader* reader,
                                            size_t index) PAWL_NOEXCEPT;
/* -1 where Pawl lacks the type, which pawl_model_reader_dtype_name has as the file writes it. */
PAWL_API int32_t pawl_model_reader_dtype(const pawl_model_reader* reader,
                                         size_t index) PAWL_NOEXCEPT;
PAWL_API const char* pawl_model_reader_dtype_name(const pawl_model_reader* reader,
                                                  size_t index) PAWL_NOEXCEPT;
PAWL_API size_t pawl_model_reader_rank(const pawl_model_reader* reader, size_t index) PAWL_NOEXCEPT;
PAWL_API const int64_t* pawl_model_reader_shape(const pawl_model_reader* reader,
                                                size_t index) PAWL_NOEXCEPT;
PAWL_API uint64_t pawl_model_reader_size_bytes(const pawl_model_reader* reader,
                                               size_t index) PAWL_NOEXCEPT;
/* Errors: PAWL_NOT_FOUND with the nearest names. */
PAWL_API int32_t pawl_model_reader_find(pawl_context* context, const pawl_model_reader* reader,
                                        const char* name, size_t* index) PAWL_NOEXCEPT;

/* Where the bytes lie: the file (index as in pawl_model_reader_file) and the place in it. */
PAWL_API size_t pawl_model_reader_file_index(const pawl_model_reader* reader,
                                             size_t index) PAWL_NOEXCEPT;
PAWL_API uint64_t pawl_model_reader_file_offset(const pawl_model_reader* reader,
                                                size_t index) PAWL_NOEXCEPT;

/* The tensor as a view of the map; or in memory of its own, safe from whoever writes to the file;
 * or `size` of its bytes from byte `begin` on.
 * Errors: PAWL_UNIMPLEMENTED for a type that Pawl lacks (not for bytes), PAWL_DATA_LOSS where the
 * file is no longer what it was, PAWL_OUT_OF_RANGE beyond the tensor. */
PAWL_API int32_t pawl_model_reader_get(pawl_context* context, const pawl_model_reader* reader,
                                       size_t index, pawl_tensor** tensor) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_model_reader_read(pawl_context* context, const pawl_model_reader* reader,
                                        size_t index, pawl_tensor** tensor) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_model_reader_read_bytes(pawl_context* context,
                                              const pawl_model_reader* reader, size_t index,
                                              uint64_t begin, void* out, size_t size) PAWL_NOEXCEPT;

/* The tensor's pages are not needed for now: resident memory follows the tensor at hand. Views stay
 * valid. */
PAWL_API void pawl_model_reader_release_pages(const pawl_model_reader* reader,
                                              size_t index) PAWL_NOEXCEPT;

/* PAWL_DATA_LOSS where a file no longer has the size and time that it had when it was opened. */
PAWL_API int32_t pawl_model_reader_check_unchanged(pawl_context* context,
                                                   const pawl_model_reader* reader) PAWL_NOEXCEPT;

/* The file's "__metadata__": a value by its key (NULL: no such), or all by index. */
PAWL_API const char* pawl_model_reader_metadata(const pawl_model_reader* reader,
                                                const char* key) PAWL_NOEXCEPT;
PAWL_API size_t pawl_model_reader_metadata_count(const pawl_model_reader* reader) PAWL_NOEXCEPT;
PAWL_API const char* pawl_model_reader_metadata_key(const pawl_model_reader* reader,
                                                    size_t index) PAWL_NOEXCEPT;

/* Paths of what was opened, an index not among them. */
PAWL_API size_t pawl_model_reader_file_count(const pawl_model_reader* reader) PAWL_NOEXCEPT;
PAWL_API const char* pawl_model_reader_file(const pawl_model_reader* reader,
                                            size_t index) PAWL_NOEXCEPT;

/* One safetensors file. All tensors are declared first; then their bytes arrive in any order and in
 * pieces of any size. The same calls give the same file. `inputs` are paths that must not be
 * overwritten (PAWL_INVALID_ARGUMENT). The file system is asked at the first tensor. */
PAWL_API int32_t pawl_model_writer_create(pawl_context* context, const char* path,
                                          const char* const* inputs, size_t num_inputs,
                                          pawl_model_writer** writer) PAWL_NOEXCEPT;
/* The same without a path. `name`, for error texts, may be NULL. */
PAWL_API int32_t pawl_model_writer_create_buffer(pawl_context* context, pawl_buffer* buffer,
                                                 pawl_model_writer** writer) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_model_writer_create_callback(pawl_context* context, pawl_write_fn write,
                                                   void* user, const char* name,
                                                   pawl_model_writer** writer) PAWL_NOEXCEPT;
PAWL_API void pawl_model_writer_destroy(pawl_model_writer* writer) PAWL_NOEXCEPT;

/* Errors: PAWL_FAILED_PRECONDITION once a tensor's bytes have come. Names are checked then. */
PAWL_API int32_t pawl_model_writer_declare(pawl_context* context, pawl_model_writer* writer,
                                           const char* name, int32_t dtype, const int64_t* shape,
                                           size_t rank) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_model_writer_set_metadata(pawl_context* context, pawl_model_writer* writer,
                                                const char* key, const char* value) PAWL_NOEXCEPT;

/* The next bytes of a tensor, little-endian; or a whole tensor of the declared type and shape.
 * Errors: PAWL_NOT_FOUND for a name that was not declared, PAWL_OUT_OF_RANGE for too many bytes,
 * PAWL_INVALID_ARGUMENT for bad declarations, PAWL_RESOURCE_EXHAUSTED for a full disk,
 * PAWL_FAILED_PRECONDITION after pawl_model_writer_finish. */
PAWL_API int32_t pawl_model_writer_append(pawl_context* context, pawl_model_writer* writer,
                                          const char* name, const void* bytes,
                                          size_t size) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_model_writer_add(pawl_context* context, pawl_model_writer* writer,
                                       const char* name, const pawl_tensor* tensor) PAWL_NOEXCEPT;

/* Checks that every tensor is complete, reads the header back, and renames. */
PAWL_API int32_t pawl_model_writer_finish(pawl_context* context,
                                          pawl_model_writer* writer) PAWL_NOEXCEPT;

/* ---- .pawl files ------------------------------------------------------------------------------
 */

/* Quantized and plain tensors with a hash over every byte; opening checks the header alone, and
 * pawl_file_reader_verify everything. For bytes in memory see pawl_model_reader_open_memory;
 * 64-byte aligned ones are never copied.
 * Errors: PAWL_NOT_FOUND; PAWL_INVALID_ARGUMENT for what is not a .pawl file; PAWL_DATA_LOSS for a
 * damaged one; PAWL_UNIMPLEMENTED for a newer major version, naming both. */
PAWL_API int32_t pawl_file_reader_open(pawl_context* context, const char* path,
                                       pawl_file_reader** reader) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_file_reader_open_memory(pawl_context* context, const void* bytes, size_t size,
                                              pawl_release_fn release, void* user, const char* name,
                                              pawl_file_reader** reader) PAWL_NOEXCEPT;
PAWL_API void pawl_file_reader_destroy(pawl_file_reader* reader) PAWL_NOEXCEPT;

/* Tensors by index, in the order of writing. */
PAWL_API size_t pawl_file_reader_count(const pawl_file_reader* reader) PAWL_NOEXCEPT;
PAWL_API const char* pawl_file_reader_name(const pawl_file_reader* reader,
                                           size_t index) PAWL_NOEXCEPT;
/* 1: quantized. 0: plain, packed, or unreadable; pawl_file_reader_get_plain says why. */
PAWL_API int32_t pawl_file_reader_is_quantized(const pawl_file_reader* reader,
                                               size_t index) PAWL_NOEXCEPT;
/* A copy of a quantized tensor's (or packed layer's) scheme; only the header is read. Errors:
 * PAWL_FAILED_PRECONDITION for a plain tensor, PAWL_UNIMPLEMENTED as pawl_file_reader_get. */
PAWL_API int32_t pawl_file_reader_scheme(pawl_context* context, const pawl_file_reader* reader,
                                         size_t index, pawl_scheme** scheme) PAWL_NOEXCEPT;
/* Of a plain tensor; -1 of others. */
PAWL_API int32_t pawl_file_reader_dtype(const pawl_file_reader* reader, size_t index) PAWL_NOEXCEPT;
PAWL_API size_t pawl_file_reader_rank(const pawl_file_reader* reader, size_t index) PAWL_NOEXCEPT;
PAWL_API const int64_t* pawl_file_reader_shape(const pawl_file_reader* reader,
                                               size_t index) PAWL_NOEXCEPT;
/* Of all parts. */
PAWL_API uint64_t pawl_file_reader_size_bytes(const pawl_file_reader* reader,
                                              size_t index) PAWL_NOEXCEPT;
/* Errors: PAWL_NOT_FOUND with the nearest names. */
PAWL_API int32_t pawl_file_reader_find(pawl_context* context, const pawl_file_reader* reader,
                                       const char* name, size_t* index) PAWL_NOEXCEPT;

/* The tensor, its parts viewing the map. Errors: PAWL_FAILED_PRECONDITION for a tensor of the other
 * kind; PAWL_INVALID_ARGUMENT for parts that do not fit the scheme; PAWL_UNIMPLEMENTED where a
 * newer version wrote something that it needs; PAWL_DATA_LOSS. */
PAWL_API int32_t pawl_file_reader_get(pawl_context* context, const pawl_file_reader* reader,
                                      size_t index,
                                      pawl_quantized_tensor** quantized) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_file_reader_get_plain(pawl_context* context, const pawl_file_reader* reader,
                                            size_t index, pawl_tensor** tensor) PAWL_NOEXCEPT;
PAWL_API void pawl_file_reader_release_pages(const pawl_file_reader* reader,
                                             size_t index) PAWL_NOEXCEPT;

/* Reads every byte and compares every hash. PAWL_DATA_LOSS lists what is damaged. */
PAWL_API int32_t pawl_file_reader_verify(pawl_context* context,
                                         const pawl_file_reader* reader) PAWL_NOEXCEPT;

/* What the file says about itself; texts are empty where it says nothing. */
PAWL_API const char* pawl_file_reader_metadata(const pawl_file_reader* reader,
                                               const char* key) PAWL_NOEXCEPT;
PAWL_API size_t pawl_file_reader_metadata_count(const pawl_file_reader* reader) PAWL_NOEXCEPT;
PAWL_API const char* pawl_file_reader_metadata_key(const pawl_file_reader* reader,
                                                   size_t index) PAWL_NOEXCEPT;
/* The recipe's JSON, and the hash of the model that was quantized. */
PAWL_API const char* pawl_file_reader_recipe(const pawl_file_reader* reader) PAWL_NOEXCEPT;
PAWL_API const char* pawl_file_reader_source_hash(const pawl_file_reader* reader) PAWL_NOEXCEPT;
PAWL_API uint64_t pawl_file_reader_file_size(const pawl_file_reader* reader) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_file_reader_major_version(const pawl_file_reader* reader) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_file_reader_minor_version(const pawl_file_reader* reader) PAWL_NOEXCEPT;

/* Writes tensor after tensor. `inputs` are paths that must not be overwritten
 * (PAWL_INVALID_ARGUMENT). After an error while a tensor is written, every further call gives that
 * error; after pawl_file_writer_finish, PAWL_FAILED_PRECONDITION. */
PAWL_API int32_t pawl_file_writer_create(pawl_context* context, const char* path,
                                         const char* const* inputs, size_t num_inputs,
                                         pawl_file_writer** writer) PAWL_NOEXCEPT;
/* The same without a path. `name`, for error texts, may be NULL. What went to a function is not
 * read back: pawl_file_reader_verify does it. */
PAWL_API int32_t pawl_file_writer_create_buffer(pawl_context* context, pawl_buffer* buffer,
                                                pawl_file_writer** writer) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_file_writer_create_callback(pawl_context* context, pawl_write_fn write,
                                                  void* user, const char* name,
                                                  pawl_file_writer** writer) PAWL_NOEXCEPT;
PAWL_API void pawl_file_writer_destroy(pawl_file_writer* writer) PAWL_NOEXCEPT;

/* Errors: PAWL_ALREADY_EXISTS for a name that the file has. */
PAWL_API int32_t pawl_file_writer_add(pawl_context* context, pawl_file_writer* writer,
                                      const char* name,
                                      const pawl_quantized_tensor* quantized) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_file_writer_add_plain(pawl_context* context, pawl_file_writer* writer,
                                            const char* name,
                                            const pawl_tensor* tensor) PAWL_NOEXCEPT;

/* The same in pieces: begin, append until all codes (or the plain tensor's bytes) are there, end.
 * The other parts of a quantized tensor come with the end; the codes of `other_parts`, which has
 * the same scheme and shape, are ignored. */
PAWL_API int32_t pawl_file_writer_begin(pawl_context* context, pawl_file_writer* writer,
                                        const char* name, const pawl_scheme* scheme,
                                        const int64_t* shape, size_t rank) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_file_writer_begin_plain(pawl_context* context, pawl_file_writer* writer,
                                              const char* name, int32_t dtype, const int64_t* shape,
                                              size_t rank) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_file_writer_append(pawl_context* context, pawl_file_writer* writer,
                                         const void* bytes, size_t size) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_file_writer_end(pawl_context* context, pawl_file_writer* writer,
                                      const pawl_quantized_tensor* other_parts) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_file_writer_end_plain(pawl_context* context,
                                            pawl_file_writer* writer) PAWL_NOEXCEPT;

PAWL_API int32_t pawl_file_writer_set_metadata(pawl_context* context, pawl_file_writer* writer,
                                               const char* key, const char* value) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_file_writer_set_recipe(pawl_context* context, pawl_file_writer* writer,
                                             const pawl_recipe* recipe) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_file_writer_set_source_hash(pawl_context* context, pawl_file_writer* writer,
                                                  const char* hash) PAWL_NOEXCEPT;

/* Packed layers: what pawl_linear_create makes of weights, written once and mapped at every start,
 * so that nothing is packed or copied then. An entry is a layer as it runs beside plain and
 * quantized tensors; a linear layer of mode weight-only and an embedding run on canonical weights
 * and are written as those. pawl_packed_layout is the version of the form that layers are packed
 * in, one for all instruction sets. */
enum pawl_packed_kind { PAWL_PACKED_LINEAR = 0, PAWL_PACKED_EMBEDDING = 1 };
/* 0 in the core profile. */
PAWL_API uint32_t pawl_packed_layout(void) PAWL_NOEXCEPT;
/* pawl_packed_kind; -1 of entries that are not packed. */
PAWL_API int32_t pawl_file_reader_packed_kind(const pawl_file_reader* reader,
                                              size_t index) PAWL_NOEXCEPT;
/* The layer, looking at the map (or memory), which lives as long as it does; without canonical
 * weights. `wanted`, of kind PAWL_OPTIONS_LINEAR or NULL, must be what it was made with, but for
 * name, bias, multipliers and release_canonical.
 * Errors: PAWL_FAILED_PRECONDITION for another kind of entry, for a layer packed in another layout
 * (both are named) or with other options: pack it again; PAWL_INVALID_ARGUMENT for parts that do
 * not fit together; PAWL_DATA_LOSS. */
PAWL_API int32_t pawl_file_reader_get_linear(pawl_context* context, const pawl_file_reader* reader,
                                             size_t index, const pawl_options* wanted,
                                             pawl_linear** linear) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_file_reader_get_embedding(pawl_context* context,
                                                const pawl_file_reader* reader, size_t index,
                                                pawl_embedding** embedding) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_file_writer_add_linear(pawl_context* context, pawl_file_writer* writer,
                                             const char* name,
                                             const pawl_linear* linear) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_file_writer_add_embedding(pawl_context* context, pawl_file_writer* writer,
                                                const char* name,
                                                const pawl_embedding* embedding) PAWL_NOEXCEPT;
/* A packed file of a model: opened where it is at `path` and was made from this model with these
 * options, else made first, and then it appears complete or not at all. `names` are tensors of the
 * model that become layers, `kinds` are pawl_packed_kind (NULL: all linear), `options` of kind
 * PAWL_OPTIONS_LINEAR (an entry or all may be NULL; bias included, embeddings have none); the
 * model's other tensors and metadata are copied. `packed`, where not NULL, becomes 1 where the file
 * had to be made. Errors: PAWL_NOT_FOUND and PAWL_INVALID_ARGUMENT naming the tensor; as the
 * writer. */
PAWL_API int32_t pawl_file_reader_open_packed(pawl_context* context, const pawl_file_reader* model,
                                              const char* const* names, const int32_t* kinds,
                                              const pawl_options* const* options, size_t count,
                                              const char* path, pawl_file_reader** reader,
                                              int32_t* packed) PAWL_NOEXCEPT;

/* Writes the header, reads the file back, and renames. */
PAWL_API int32_t pawl_file_writer_finish(pawl_context* context,
                                         pawl_file_writer* writer) PAWL_NOEXCEPT;
/* Bytes of the file; 0 before it is finished. */
PAWL_API uint64_t pawl_file_writer_file_size(const pawl_file_writer* writer) PAWL_NOEXCEPT;

/* ---- block formats ----------------------------------------------------------------------------
 *
 * Tensors as GGUF files hold them, in blocks of a fixed size: Q4_0 ... Q6_K, IQ4_NL, IQ4_XS, MXFP4,
 * NVFP4. Decoded values are ggml's, bit for bit. Shapes are W[out, in]: GGUF's dimensions reversed.
 */

/* By index, in the order of GGUF's type ids: name, type id, elements and bytes of a block. NULL, -1
 * and 0 where there is none. */
PAWL_API size_t pawl_block_format_count(void) PAWL_NOEXCEPT;
PAWL_API const char* pawl_block_format_name(size_t index) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_block_format_gguf_type(size_t index) PAWL_NOEXCEPT;
PAWL_API size_t pawl_block_format_elements(size_t index) PAWL_NOEXCEPT;
PAWL_API size_t pawl_block_format_bytes(size_t index) PAWL_NOEXCEPT;
/* What the blocks are. Errors: PAWL_OUT_OF_RANGE. */
PAWL_API int32_t pawl_block_format_scheme(pawl_context* context, size_t index,
                                          pawl_scheme** scheme) PAWL_NOEXCEPT;

/* Bytes of a tensor of this shape. `format` is a name, upper or lower case. Errors:
 * PAWL_NOT_FOUND for a format that Pawl lacks, PAWL_INVALID_ARGUMENT where blocks do not fill the
 * rows. */
PAWL_API int32_t pawl_blocks_size(pawl_context* context, const char* format, const int64_t* shape,
                                  size_t rank, size_t* size) PAWL_NOEXCEPT;

/* From blocks to canonical packing; a copy. Errors: as pawl_blocks_size, and PAWL_INVALID_ARGUMENT
 * where `size` is not the shape's. */
PAWL_API int32_t pawl_blocks_decode(pawl_context* context, const char* format, const void* blocks,
                                    size_t size, const int64_t* shape, size_t rank,
                                    pawl_quantized_tensor** quantized) PAWL_NOEXCEPT;

/* And back: the same bytes from the same codes. `size` must be that of pawl_blocks_size. Errors:
 * PAWL_NOT_FOUND, PAWL_INVALID_ARGUMENT where the tensor's scheme is not the format's, naming the
 * part. */
PAWL_API int32_t pawl_blocks_encode(pawl_context* context, const char* format,
                                    const pawl_quantized_tensor* quantized, void* blocks,
                                    size_t size) PAWL_NOEXCEPT;

/* ---- checkpoint formats -----------------------------------------------------------------------
 *
 * Weights as other tools' checkpoints hold them: several tensors for one weight, and settings that
 * stand in the model's config. A pawl_checkpoint is one such weight. Reading:
 *
 *   pawl_checkpoint_create(ctx, PAWL_CHECKPOINT_GPTQ, &weight);
 *   pawl_checkpoint_set_int(ctx, weight, PAWL_SETTING_GROUP_SIZE, 128);
 *   pawl_checkpoint_take(ctx, weight, reader, "model.layers.0.mlp.up_proj.");
 *   pawl_checkpoint_decode(ctx, weight, &quantized);
 *
 * and writing: create, encode, then get tensors and settings. Decoded values are those that the
 * format's own code decodes, bit for bit.
 *
 * The formats: value of a code q; tensors, those in brackets where the weight has them; settings
 * with their defaults. "floats" is f16, bf16 or f32; group_size -1 (HQQ: 0) is all inputs.
 *
 * GPTQ (AutoGPTQ, GPTQModel): (q - zero) * scale
 *   qweight i32 [ceil(in * bits / 32), out], qzeros i32 [groups, ceil(out * bits / 32)], scales
 *   floats [groups, out], [g_idx] i32 [in]
 *   bits 4, group_size -1, variant "gptq" (v1, zero points stored minus one) or "gptq_v2"
 * AWQ, version gemm (AutoAWQ): (q - zero) * scale
 *   qweight i32 [in, out / 8], qzeros i32 [groups, out / 8], scales floats [groups, out]
 *   group_size 128
 * BITSANDBYTES_4BIT (nf4, fp4): map[q] * absmax
 *   weight u8 [ceil(n / 2), 1], weight.absmax f32 [blocks] (nested: u8), weight.quant_map f32 [16],
 *   [weight.nested_absmax] f32, [weight.nested_quant_map] f32 [256],
 *   weight.quant_state.bitsandbytes__nf4 (or __fp4) u8: JSON
 *   variant: "nf4" or "fp4", set by the state's name
 * BITSANDBYTES_8BIT (LLM.int8): (q * SCB) * (1 / 127)
 *   weight i8 [out, in], SCB f32 [out], [weight_format] u8: 0
 * COMPRESSED_TENSORS: (q - zero) * scale
 *   weight i8 or e4m3 [out, in], or weight_packed i32 [out, ceil(in * bits / 32)] or u8
 *   [out, in / 2]; weight_scale floats, e4m3 or u8 [out, groups], [out, 1], [1] or [block rows,
 *   block columns]; [weight_zero_point] i8 like the scales, or i32 [ceil(out * bits / 32), groups];
 *   [weight_shape] i64 [2], [weight_g_idx] i32 [in], [weight_global_scale] f32 [1]
 *   variant: the config's format ("pack-quantized", "int-quantized", "float-quantized",
 *   "naive-quantized", "nvfp4-pack-quantized", "mxfp4-pack-quantized", "mxfp8-quantized"),
 *   strategy "channel" ("tensor", "group", "tensor_group", "block"), bits 8, group_size 0,
 *   block_rows 0, block_columns 0
 * HQQ: (q - zero) * scale
 *   W_q u8 (3 bits: i32), scale and zero floats, one for each group
 *   variant: the packing ("8bit_u8", "4bit_u8", "3bit_32", "2bit_u8", "1bit_u8"), axis 1,
 *   group_size 64; the weight's shape
 * MATMUL_NBITS (ONNX Runtime): (q - zero) * scale, or q * scale - zero * scale with float zeros
 *   B u8 [N, ceil(K / group_size), group_size * bits / 8], scales f32 or f16 [N, groups],
 *   [zero_points] u8 [N, ceil(groups * bits / 8)] or like the scales
 *   bits 4, group_size 32; shape [N, K]
 * TFLITE: (q - zero_point) * scale
 *   data i8, u8 or i16 in its shape (INT4 and INT2: u8, packed over the flat tensor, low bits
 *   first), scale f32 [1] or one for each index of the axis, [zero_point] i64 like the scale
 *   variant: the type ("INT8", "UINT8", "INT16", "INT4", "INT2"), axis 0; shape */

enum pawl_checkpoint_format {
  PAWL_CHECKPOINT_GPTQ = 0,
  PAWL_CHECKPOINT_AWQ = 1,
  PAWL_CHECKPOINT_BITSANDBYTES_4BIT = 2,
  PAWL_CHECKPOINT_BITSANDBYTES_8BIT = 3,
  PAWL_CHECKPOINT_COMPRESSED_TENSORS = 4,
  PAWL_CHECKPOINT_HQQ = 5,
  PAWL_CHECKPOINT_MATMUL_NBITS = 6,
  PAWL_CHECKPOINT_TFLITE = 7
};

enum pawl_checkpoint_setting {
  PAWL_SETTING_BITS = 1,          /* int */
  PAWL_SETTING_GROUP_SIZE = 2,    /* int */
  PAWL_SETTING_AXIS = 3,          /* int */
  PAWL_SETTING_BLOCK_ROWS = 4,    /* int */
  PAWL_SETTING_BLOCK_COLUMNS = 5, /* int */
  PAWL_SETTING_VARIANT = 6,       /* string */
  PAWL_SETTING_STRATEGY = 7       /* string */
};

/* An empty weight. */
PAWL_API int32_t pawl_checkpoint_create(pawl_context* context, int32_t format,
                                        pawl_checkpoint** checkpoint) PAWL_NOEXCEPT;
PAWL_API void pawl_checkpoint_destroy(pawl_checkpoint* checkpoint) PAWL_NOEXCEPT;
/* pawl_checkpoint_format; -1 for NULL. */
PAWL_API int32_t pawl_checkpoint_get_format(const pawl_checkpoint* checkpoint) PAWL_NOEXCEPT;

/* One tensor, sharing memory; NULL takes it away. Or all that a safetensors model has under the
 * names above after `prefix`. Errors: PAWL_NOT_FOUND for a name that the format lacks, or where the
 * model has none of them, with the nearest names; those of pawl_model_reader_get. */
PAWL_API int32_t pawl_checkpoint_set_tensor(pawl_context* context, pawl_checkpoint* checkpoint,
                                            const char* name,
                                            const pawl_tensor* tensor) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_checkpoint_take(pawl_context* context, pawl_checkpoint* checkpoint,
                                      const pawl_model_reader* reader,
                                      const char* prefix) PAWL_NOEXCEPT;

/* Settings, and the shape of the weight where the table has one. Values are checked when the weight
 * is decoded. Errors: PAWL_INVALID_ARGUMENT for a setting that the format lacks, naming those that
 * it has. */
PAWL_API int32_t pawl_checkpoint_set_int(pawl_context* context, pawl_checkpoint* checkpoint,
                                         int32_t setting, int64_t value) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_checkpoint_set_string(pawl_context* context, pawl_checkpoint* checkpoint,
                                            int32_t setting, const char* value) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_checkpoint_set_shape(pawl_context* context, pawl_checkpoint* checkpoint,
                                           const int64_t* shape, size_t rank) PAWL_NOEXCEPT;

/* To canonical packing, W[out, in]; parts share memory where the layout allows it.
 * Errors: PAWL_INVALID_ARGUMENT naming the format and the tensor or setting that does not fit. */
PAWL_API int32_t pawl_checkpoint_decode(pawl_context* context, const pawl_checkpoint* checkpoint,
                                        pawl_quantized_tensor** quantized) PAWL_NOEXCEPT;

/* And back: all tensors and settings become those of `quantized`. Only the variant is a wish: which
 * of GPTQ's two, and compressed-tensors' format ("": the one that fits). The same bytes from the
 * same codes; also takes what Pawl quantized, as far as the format can hold it.
 * Errors: PAWL_INVALID_ARGUMENT naming the part that the format cannot hold. */
PAWL_API int32_t pawl_checkpoint_encode(pawl_context* context, pawl_checkpoint* checkpoint,
                                        const pawl_quantized_tensor* quantized) PAWL_NOEXCEPT;

/* The tensors that are there, in the order of the table; one of them, sharing memory. Errors:
 * PAWL_NOT_FOUND for one that is not there. */
PAWL_API size_t pawl_checkpoint_tensor_count(const pawl_checkpoint* checkpoint) PAWL_NOEXCEPT;
PAWL_API const char* pawl_checkpoint_tensor_name(const pawl_checkpoint* checkpoint,
                                                 size_t index) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_checkpoint_get_tensor(pawl_context* context,
                                            const pawl_checkpoint* checkpoint, const char* name,
                                            pawl_tensor** tensor) PAWL_NOEXCEPT;

/* Errors: as for setting. Texts and shape are valid until the weight is changed; NULL and 0 where
 * the format has none. */
PAWL_API int32_t pawl_checkpoint_get_int(pawl_context* context, const pawl_checkpoint* checkpoint,
                                         int32_t setting, int64_t* value) PAWL_NOEXCEPT;
PAWL_API const char* pawl_checkpoint_get_string(const pawl_checkpoint* checkpoint,
                                                int32_t setting) PAWL_NOEXCEPT;
PAWL_API size_t pawl_checkpoint_rank(const pawl_checkpoint* checkpoint) PAWL_NOEXCEPT;
PAWL_API const int64_t* pawl_checkpoint_shape(const pawl_checkpoint* checkpoint) PAWL_NOEXCEPT;

/* ---- calibration ------------------------------------------------------------------------------
 */

/* Observers by tensor name. `observer_options` (kind PAWL_OPTIONS_OBSERVER; NULL: histograms) are
 * for names that no rule matches; tensors whose name holds a match of a rule's pattern (RE2) get
 * that rule's observer, the first rule counting.
 * Errors: PAWL_INVALID_ARGUMENT for a bad pattern, PAWL_FAILED_PRECONDITION for a rule after the
 * first batch. */
PAWL_API int32_t pawl_calibrator_create(pawl_context* context, const pawl_options* observer_options,
                                        pawl_calibrator** calibrator) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_calibrator_add_rule(pawl_context* context, pawl_calibrator* calibrator,
                                          const char* pattern,
                                          const pawl_options* observer_options) PAWL_NOEXCEPT;
PAWL_API void pawl_calibrator_destroy(pawl_calibrator* calibrator) PAWL_NOEXCEPT;

/* One batch of a tensor: as pawl_observer_observe, naming the tensor in errors. */
PAWL_API int32_t pawl_calibrator_observe(pawl_context* context, pawl_calibrator* calibrator,
                                         const char* name, const pawl_tensor* batch) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_calibrator_observe_f32(pawl_context* context, pawl_calibrator* calibrator,
                                             const char* name, const float* values,
                                             size_t count) PAWL_NOEXCEPT;

/* After the last batch: PAWL_NOT_FOUND where a rule matched no tensor, with the nearest names. */
PAWL_API int32_t pawl_calibrator_finish(pawl_context* context,
                                        const pawl_calibrator* calibrator) PAWL_NOEXCEPT;

/* As pawl_observer_merge for each tensor; those that one side lacks are taken over. */
PAWL_API int32_t pawl_calibrator_merge(pawl_context* context, pawl_calibrator* calibrator,
                                       const pawl_calibrator* other) PAWL_NOEXCEPT;

/* The tensors that were observed, in the order of names, and a copy of one's observer.
 * Errors: PAWL_NOT_FOUND with the nearest names. */
PAWL_API size_t pawl_calibrator_count(const pawl_calibrator* calibrator) PAWL_NOEXCEPT;
PAWL_API const char* pawl_calibrator_name(const pawl_calibrator* calibrator,
                                          size_t index) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_calibrator_observer(pawl_context* context, const pawl_calibrator* calibrator,
                                          const char* name, pawl_observer** observer) PAWL_NOEXCEPT;

/* The whole state as JSON, for the model with this hash (any text that tells models apart), in
 * files or in memory. Errors: PAWL_FAILED_PRECONDITION where a cache belongs to another model,
 * PAWL_INVALID_ARGUMENT for what is not a cache, and those of the file system. */
PAWL_API int32_t pawl_calibrator_save(pawl_context* context, const pawl_calibrator* calibrator,
                                      const char* path, const char* model_hash) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_calibrator_load(pawl_context* context, const char* path,
                                      const char* model_hash,
                                      pawl_calibrator** calibrator) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_calibrator_to_json(pawl_context* context, const pawl_calibrator* calibrator,
                                         const char* model_hash, pawl_text** json) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_calibrator_from_json(pawl_context* context, const char* json, size_t size,
                                           const char* model_hash,
                                           pawl_calibrator** calibrator) PAWL_NOEXCEPT;

/* TensorRT's calibration cache: one symmetric int8 scale a tensor. Made from a calibrator
 * (`options` of kind PAWL_OPTIONS_RANGE; codes are taken as symmetric int8) or from text. Errors:
 * PAWL_INVALID_ARGUMENT with the line, or for a tensor with more than one channel. */
PAWL_API int32_t pawl_tensorrt_cache_from_calibrator(pawl_context* context,
                                                     const pawl_calibrator* calibrator,
                                                     const pawl_options* options,
                                                     pawl_tensorrt_cache** cache) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_tensorrt_cache_load(pawl_context* context, const char* path,
                                          pawl_tensorrt_cache** cache) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_tensorrt_cache_parse(pawl_context* context, const char* text, size_t size,
                                           pawl_tensorrt_cache** cache) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_tensorrt_cache_save(pawl_context* context, const pawl_tensorrt_cache* cache,
                                          const char* path) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_tensorrt_cache_format(pawl_context* context, const pawl_tensorrt_cache* cache,
                                            pawl_text** text) PAWL_NOEXCEPT;
/* An empty one, with the version and algorithm of its header ("8600", "EntropyCalibration2"; NULL:
 * these). Scales are added in the order of the file; what the format cannot hold is an error of
 * pawl_tensorrt_cache_save and pawl_tensorrt_cache_format. */
PAWL_API int32_t pawl_tensorrt_cache_create(pawl_context* context, const char* version,
                                            const char* algorithm,
                                            pawl_tensorrt_cache** cache) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_tensorrt_cache_add(pawl_context* context, pawl_tensorrt_cache* cache,
                                         const char* name, float scale) PAWL_NOEXCEPT;
PAWL_API const char* pawl_tensorrt_cache_version(const pawl_tensorrt_cache* cache) PAWL_NOEXCEPT;
PAWL_API const char* pawl_tensorrt_cache_algorithm(const pawl_tensorrt_cache* cache) PAWL_NOEXCEPT;
PAWL_API void pawl_tensorrt_cache_destroy(pawl_tensorrt_cache* cache) PAWL_NOEXCEPT;
PAWL_API size_t pawl_tensorrt_cache_count(const pawl_tensorrt_cache* cache) PAWL_NOEXCEPT;
PAWL_API const char* pawl_tensorrt_cache_name(const pawl_tensorrt_cache* cache,
                                              size_t index) PAWL_NOEXCEPT;
PAWL_API float pawl_tensorrt_cache_scale(const pawl_tensorrt_cache* cache,
                                         size_t index) PAWL_NOEXCEPT;

/* ---- recipes and jobs -------------------------------------------------------------------------
 */

/* Which tensors become what: versioned JSON (README.md), or one scheme for every tensor. `name`,
 * for error texts, may be NULL. Errors: PAWL_INVALID_ARGUMENT naming the rule or the field, with
 * the nearest valid words; PAWL_UNIMPLEMENTED for a newer major version. */
PAWL_API int32_t pawl_recipe_from_json(pawl_context* context, const char* json, size_t size,
                                       const char* name, pawl_recipe** recipe) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_recipe_load(pawl_context* context, const char* path,
                                  pawl_recipe** recipe) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_recipe_for_scheme(pawl_context* context, const char* scheme,
                                        pawl_recipe** recipe) PAWL_NOEXCEPT;
PAWL_API void pawl_recipe_destroy(pawl_recipe* recipe) PAWL_NOEXCEPT;

/* Patterns (RE2) of tensors that stay as they are, before any rule. */
PAWL_API int32_t pawl_recipe_exclude(pawl_context* context, pawl_recipe* recipe,
                                     const char* pattern) PAWL_NOEXCEPT;

/* What a weight belongs to; rules of recipes may ask for it. */
enum pawl_operator {
  PAWL_OPERATOR_ANY = 0, /* of a rule: linear, embedding and conv */
  PAWL_OPERATOR_LINEAR = 1,
  PAWL_OPERATOR_EMBEDDING = 2,
  PAWL_OPERATOR_CONV = 3,
  PAWL_OPERATOR_OTHER = 4 /* norms, biases, running statistics */
};

/* What a float tensor of this name and shape is taken for; and the word for it in recipes and
 * reports, NULL for no pawl_operator. */
PAWL_API int32_t pawl_classify_tensor(pawl_context* context, const char* name, const int64_t* shape,
                                      size_t rank, int32_t* operator_type) PAWL_NOEXCEPT;
PAWL_API const char* pawl_operator_name(int32_t operator_type) PAWL_NOEXCEPT;

/* Its JSON. Valid until the recipe is changed. */
PAWL_API const char* pawl_recipe_json(const pawl_recipe* recipe) PAWL_NOEXCEPT;

/* A file of float tensors and a recipe in, a .pawl file and a report out. `options` of kind
 * PAWL_OPTIONS_JOB; both are copied. The calibration file holds, for a weight NAME [.., cols], NAME
 * or NAME.importance (f32 [cols]: how much each column matters) or NAME.input (f32, f16 or bf16
 * [samples.., cols]: activations, observed as the recipe says; the output then has the scale of
 * their symmetric int8 codes as NAME.activation_scale). */
PAWL_API int32_t pawl_job_create(pawl_context* context, const pawl_options* options,
                                 const pawl_recipe* recipe, pawl_job** job) PAWL_NOEXCEPT;
PAWL_API void pawl_job_destroy(pawl_job* job) PAWL_NOEXCEPT;

/* Memory instead of paths: a whole safetensors file as the input (for PAWL_OPT_INPUT) and one of
 * calibration (for PAWL_OPT_CALIBRATION), which must stay valid until the job has run; and a buffer
 * or a function of the host's for the .pawl file (for PAWL_OPT_OUTPUT). Both a path and memory for
 * one of them is an error of pawl_job_run. A buffer must be cleared before the job runs again. */
PAWL_API int32_t pawl_job_set_input_memory(pawl_context* context, pawl_job* job, const void* bytes,
                                           size_t size) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_job_set_calibration_memory(pawl_context* context, pawl_job* job,
                                                 const void* bytes, size_t size) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_job_set_output_buffer(pawl_context* context, pawl_job* job,
                                            pawl_buffer* buffer) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_job_set_output_callback(pawl_context* context, pawl_job* job,
                                              pawl_write_fn write, void* user) PAWL_NOEXCEPT;

/* Runs on the context's threads with progress in bytes of the input. Tensors are taken one at a
 * time; what stays as it is has its reason in the report. The same bytes for every target and
 * number of threads. After an error or a cancellation there is no output file, or the one that was
 * there before. A job may run again.
 * With a path as output OUTPUT.part lies beside it meanwhile, and OUTPUT.journal from the first
 * checkpoint on (for GGUF before its last step at the latest). After a kill, and with
 * PAWL_OPT_RESUME after an error or a cancellation, they stay, and a job with PAWL_OPT_RESUME makes
 * of them the file that an uninterrupted run would have made, whatever its target and number of
 * threads. PAWL_FAILED_PRECONDITION, and nothing changes,
 * where the content of input or calibration, the recipe or the version of Pawl is another (the
 * message says which), for work that is there and is not to be resumed, and while another job has
 * the same output. Errors: PAWL_INVALID_ARGUMENT naming the pattern, tensor or file (a pattern that
 * matches nothing, a shape that does not fit, an output that is an input); those of the files;
 * PAWL_RESOURCE_EXHAUSTED beyond PAWL_OPT_MAX_MEMORY; PAWL_CANCELLED. */
PAWL_API int32_t pawl_job_run(pawl_context* context, const pawl_job* job,
                              pawl_report** report) PAWL_NOEXCEPT;

/* All of it, with stable key names; and for people. */
PAWL_API const char* pawl_report_json(const pawl_report* report) PAWL_NOEXCEPT;
PAWL_API const char* pawl_report_text(const pawl_report* report) PAWL_NOEXCEPT;
PAWL_API void pawl_report_destroy(pawl_report* report) PAWL_NOEXCEPT;

enum pawl_report_figure {
  PAWL_REPORT_QUANTIZED = 1, /* tensors; of one tensor 1 or 0 */
  PAWL_REPORT_BYTES_BEFORE = 2,
  PAWL_REPORT_BYTES_AFTER = 3,
  PAWL_REPORT_BITS_PER_WEIGHT = 4,
  /* of the whole only */
  PAWL_REPORT_FILE_BYTES = 5,
  PAWL_REPORT_PEAK_MEMORY_BYTES = 6, /* estimate, beyond the mapped input */
  PAWL_REPORT_SECONDS = 7,
  /* of a tensor only; NaN where it is not quantized and in a dry run */
  PAWL_REPORT_SQNR_DB = 8,
  PAWL_REPORT_COSINE = 9,
  PAWL_REPORT_MAX_ERROR = 10,
  PAWL_REPORT_MSE = 11,
  PAWL_REPORT_RULE = 12,     /* index of the recipe's rule that decided; -1: none */
  PAWL_REPORT_OPERATOR = 13, /* pawl_operator */
  PAWL_REPORT_DTYPE = 14,    /* pawl_dtype of the input */
  /* pawl_quantize_stat: of a tensor, 0 where it is not quantized; and summed over all */
  PAWL_REPORT_NAN = 15,
  PAWL_REPORT_INF = 16,
  PAWL_REPORT_ZERO_GROUPS = 17,
  PAWL_REPORT_SATURATED_SCALES = 18,
  PAWL_REPORT_UNDERFLOWED_SCALES = 19
};

/* NaN for a figure that there is not. */
PAWL_API double pawl_report_total(const pawl_report* report, int32_t figure) PAWL_NOEXCEPT;
PAWL_API size_t pawl_report_count(const pawl_report* report) PAWL_NOEXCEPT;
PAWL_API double pawl_report_tensor(const pawl_report* report, size_t index,
                                   int32_t figure) PAWL_NOEXCEPT;
PAWL_API const char* pawl_report_tensor_name(const pawl_report* report, size_t index) PAWL_NOEXCEPT;
PAWL_API size_t pawl_report_tensor_rank(const pawl_report* report, size_t index) PAWL_NOEXCEPT;
PAWL_API const int64_t* pawl_report_tensor_shape(const pawl_report* report,
                                                 size_t index) PAWL_NOEXCEPT;
/* The scheme's and the method's text, empty where the tensor is not quantized; and why it is not,
 * or why not with the rule's scheme. */
PAWL_API const char* pawl_report_tensor_scheme(const pawl_report* report,
                                               size_t index) PAWL_NOEXCEPT;
PAWL_API const char* pawl_report_tensor_method(const pawl_report* report,
                                               size_t index) PAWL_NOEXCEPT;
PAWL_API const char* pawl_report_tensor_reason(const pawl_report* report,
                                               size_t index) PAWL_NOEXCEPT;

/* What else should be known: importances that are not used, keys of a newer recipe ... */
PAWL_API size_t pawl_report_note_count(const pawl_report* report) PAWL_NOEXCEPT;
PAWL_API const char* pawl_report_note(const pawl_report* report, size_t index) PAWL_NOEXCEPT;
/* The hash of the input's content, as the .pawl file has it; empty in a dry run. */
PAWL_API const char* pawl_report_input_hash(const pawl_report* report) PAWL_NOEXCEPT;

/* As pawl_compare for two plain tensors of the same shape. */
PAWL_API int32_t pawl_compare_tensors(pawl_context* context, const pawl_tensor* original,
                                      const pawl_tensor* decoded, double* figures,
                                      size_t count) PAWL_NOEXCEPT;

/* ---- graphs -----------------------------------------------------------------------------------
 *
 * Whole models, read from ONNX: what is in them, running them, calibrating on what they compute,
 * and writing them. Full profile only.
 *
 *   pawl_graph_open(ctx, "model.onnx", &graph);
 *   pawl_executor_create(ctx, graph, NULL, observe, num_observe, &executor);
 *   pawl_executor_calibrate(ctx, executor, inputs, num_inputs, calibrator);     batch by batch
 *   pawl_executor_run(ctx, executor, inputs, num_inputs);
 *   pawl_executor_output(ctx, executor, 0, &result);
 */

typedef struct pawl_graph pawl_graph;
typedef struct pawl_executor pawl_executor;

/* An ONNX model in a file (external data beside it), or in memory, which must stay valid until
 * `release` is called (NULL: as long as the graph, what was made of it, and their tensors). `name`,
 * for error texts, may be NULL; `folder` is where external data lies, NULL: a model that has such
 * is refused. A graph does not change. Operators that Pawl lacks are no error here.
 * Errors: PAWL_NOT_FOUND, PAWL_PERMISSION_DENIED; PAWL_INVALID_ARGUMENT for what is not a valid
 * model, naming the node, tensor or byte; PAWL_DATA_LOSS. */
PAWL_API int32_t pawl_graph_open(pawl_context* context, const char* path,
                                 pawl_graph** graph) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_graph_open_memory(pawl_context* context, const void* bytes, size_t size,
                                        pawl_release_fn release, void* user, const char* name,
                                        const char* folder, pawl_graph** graph) PAWL_NOEXCEPT;
PAWL_API void pawl_graph_destroy(pawl_graph* graph) PAWL_NOEXCEPT;

/* Values are the model's named tensors: what is fed, constants, and what nodes compute. By index,
 * in the order of the file. */
enum pawl_value_kind {
  PAWL_VALUE_COMPUTED = 0,
  PAWL_VALUE_INPUT = 1,
  PAWL_VALUE_CONSTANT = 2, /* pawl_graph_value_tensor */
  PAWL_VALUE_QUANTIZED = 3 /* a constant: pawl_graph_value_quantized */
};

PAWL_API size_t pawl_graph_value_count(const pawl_graph* graph) PAWL_NOEXCEPT;
PAWL_API const char* pawl_graph_value_name(const pawl_graph* graph, size_t index) PAWL_NOEXCEPT;
/* pawl_value_kind; -1 beyond the end. */
PAWL_API int32_t pawl_graph_value_kind(const pawl_graph* graph, size_t index) PAWL_NOEXCEPT;
/* As the file says, or as it follows from the inputs: pawl_dtype, -1 where it is not known or Pawl
 * lacks the type. What the file itself says where that is more (ONNX's TensorProto.DataType; INT4
 * is held as i8), else 0. */
PAWL_API int32_t pawl_graph_value_dtype(const pawl_graph* graph, size_t index) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_graph_value_file_type(const pawl_graph* graph, size_t index) PAWL_NOEXCEPT;
/* Number of dimensions, -1 where not even that is known; and the dimensions: a size, -1 for one
 * that nothing is known of, and less for a symbol, which is the same size wherever it stands and
 * whose name ("batch") pawl_graph_symbol has. */
PAWL_API int32_t pawl_graph_value_rank(const pawl_graph* graph, size_t index) PAWL_NOEXCEPT;
PAWL_API const int64_t* pawl_graph_value_shape(const pawl_graph* graph, size_t index) PAWL_NOEXCEPT;
/* NULL for a dimension that is no symbol. */
PAWL_API const char* pawl_graph_symbol(const pawl_graph* graph, int64_t dimension) PAWL_NOEXCEPT;

/* A constant, sharing memory. Errors: PAWL_FAILED_PRECONDITION for a value of another kind. */
PAWL_API int32_t pawl_graph_value_tensor(pawl_context* context, const pawl_graph* graph,
                                         size_t index, pawl_tensor** tensor) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_graph_value_quantized(pawl_context* context, const pawl_graph* graph,
                                            size_t index,
                                            pawl_quantized_tensor** quantized) PAWL_NOEXCEPT;

/* Errors: PAWL_NOT_FOUND with the nearest names. */
PAWL_API int32_t pawl_graph_find(pawl_context* context, const pawl_graph* graph, const char* name,
                                 size_t* index) PAWL_NOEXCEPT;

/* What must be fed and what comes out: indices of values in the order of the file, -1 beyond. */
PAWL_API size_t pawl_graph_input_count(const pawl_graph* graph) PAWL_NOEXCEPT;
PAWL_API int64_t pawl_graph_input(const pawl_graph* graph, size_t index) PAWL_NOEXCEPT;
PAWL_API size_t pawl_graph_output_count(const pawl_graph* graph) PAWL_NOEXCEPT;
PAWL_API int64_t pawl_graph_output(const pawl_graph* graph, size_t index) PAWL_NOEXCEPT;

/* Nodes in the order of the file. A name may be empty and need not be unique; the domain of ONNX's
 * own operators is ""; opset is the version of its operators. */
PAWL_API size_t pawl_graph_node_count(const pawl_graph* graph) PAWL_NOEXCEPT;
PAWL_API const char* pawl_graph_node_name(const pawl_graph* graph, size_t node) PAWL_NOEXCEPT;
PAWL_API const char* pawl_graph_node_operator(const pawl_graph* graph, size_t node) PAWL_NOEXCEPT;
PAWL_API const char* pawl_graph_node_domain(const pawl_graph* graph, size_t node) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_graph_node_opset(const pawl_graph* graph, size_t node) PAWL_NOEXCEPT;
/* 1 if Pawl runs this operator in this version, those of the node's subgraphs (branches, loop
 * bodies) included. */
PAWL_API int32_t pawl_graph_node_runs(const pawl_graph* graph, size_t node) PAWL_NOEXCEPT;
/* Indices of values; -1 for an optional one that is absent, and beyond the end. */
PAWL_API size_t pawl_graph_node_input_count(const pawl_graph* graph, size_t node) PAWL_NOEXCEPT;
PAWL_API int64_t pawl_graph_node_input(const pawl_graph* graph, size_t node,
                                       size_t index) PAWL_NOEXCEPT;
PAWL_API size_t pawl_graph_node_output_count(const pawl_graph* graph, size_t node) PAWL_NOEXCEPT;
PAWL_API int64_t pawl_graph_node_output(const pawl_graph* graph, size_t node,
                                        size_t index) PAWL_NOEXCEPT;

/* The version of a domain's operators that the model asks for, 0 where it does not; and what it
 * says of itself: a value by its key (NULL: no such), or all by index. */
PAWL_API int32_t pawl_graph_opset(const pawl_graph* graph, const char* domain) PAWL_NOEXCEPT;
PAWL_API const char* pawl_graph_metadata(const pawl_graph* graph, const char* key) PAWL_NOEXCEPT;
PAWL_API size_t pawl_graph_metadata_count(const pawl_graph* graph) PAWL_NOEXCEPT;
PAWL_API const char* pawl_graph_metadata_key(const pawl_graph* graph, size_t index) PAWL_NOEXCEPT;

/* Writes an ONNX model, with all that was read. The same graph gives the same bytes. A file appears
 * whole under its name or not at all, with `path`.data beside it where constants need more than
 * ONNX allows for one file; `inputs` are paths that must not be overwritten. Without a path all is
 * in the one buffer (which must be empty) or function; `name`, for error texts, may be NULL.
 * Errors: PAWL_INVALID_ARGUMENT for what ONNX cannot say, naming node or tensor, and for an output
 * that is an input; PAWL_RESOURCE_EXHAUSTED for a full disk. */
PAWL_API int32_t pawl_graph_save(pawl_context* context, const pawl_graph* graph, const char* path,
                                 const char* const* inputs, size_t num_inputs) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_graph_save_buffer(pawl_context* context, const pawl_graph* graph,
                                        pawl_buffer* buffer) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_graph_save_callback(pawl_context* context, const pawl_graph* graph,
                                          pawl_write_fn write, void* user,
                                          const char* name) PAWL_NOEXCEPT;

/* The operators that Pawl runs, by index: name, domain, the first and the last opset (0: no last
 * one), and what quantization does to it ("linear", "conv", "passes", "float" ...). NULL and 0
 * beyond the end. */
PAWL_API size_t pawl_graph_operator_count(void) PAWL_NOEXCEPT;
PAWL_API const char* pawl_graph_operator_name(size_t index) PAWL_NOEXCEPT;
PAWL_API const char* pawl_graph_operator_domain(size_t index) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_graph_operator_first_opset(size_t index) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_graph_operator_last_opset(size_t index) PAWL_NOEXCEPT;
PAWL_API const char* pawl_graph_operator_quantization(size_t index) PAWL_NOEXCEPT;

/* What runs a graph. Weights are packed here, on the context's threads; memory for values is
 * planned once for each set of input shapes, so that the second run of a shape allocates nothing
 * where all shapes follow from those of the inputs. `options` of kind PAWL_OPTIONS_EXECUTOR or
 * NULL; `observe` are names of values that will be looked at while it runs. An executor serves one
 * thread at a time.
 * Errors: PAWL_UNIMPLEMENTED for an operator or type that Pawl lacks, PAWL_INVALID_ARGUMENT for a
 * node whose inputs do not fit, both naming the node; for a name that the graph does not have. */
PAWL_API int32_t pawl_executor_create(pawl_context* context, const pawl_graph* graph,
                                      const pawl_options* options, const char* const* observe,
                                      size_t num_observe, pawl_executor** executor) PAWL_NOEXCEPT;
PAWL_API void pawl_executor_destroy(pawl_executor* executor) PAWL_NOEXCEPT;
/* Another one of the same packed weights, for another thread. It has no observer, and does not time
 * nodes. */
PAWL_API int32_t pawl_executor_share(pawl_context* context, const pawl_executor* executor,
                                     pawl_executor** shared) PAWL_NOEXCEPT;

/* Runs on inputs in the order of pawl_graph_input, which are only read. Errors:
 * PAWL_INVALID_ARGUMENT for types and shapes that do not fit, naming input or node;
 * PAWL_RESOURCE_EXHAUSTED beyond PAWL_OPT_RUN_MEMORY; PAWL_CANCELLED; what an observer returned. */
PAWL_API int32_t pawl_executor_run(pawl_context* context, pawl_executor* executor,
                                   const pawl_tensor* const* inputs,
                                   size_t num_inputs) PAWL_NOEXCEPT;
/* The same, and gives every observed value that is of a float type to the calibrator, under its
 * name: one batch. */
PAWL_API int32_t pawl_executor_calibrate(pawl_context* context, pawl_executor* executor,
                                         const pawl_tensor* const* inputs, size_t num_inputs,
                                         pawl_calibrator* calibrator) PAWL_NOEXCEPT;

/* Results of the last run; 0 where there was no run, or the last one failed. */
PAWL_API size_t pawl_executor_output_count(const pawl_executor* executor) PAWL_NOEXCEPT;
/* A result of the last run, in the order of pawl_graph_output: a copy; or a view of the executor's
 * own memory, valid until the next run with it and pawl_executor_destroy, which a language with
 * safe memory should not hand out. Errors: PAWL_FAILED_PRECONDITION where there was no run, or the
 * last one failed; PAWL_OUT_OF_RANGE. */
PAWL_API int32_t pawl_executor_output(pawl_context* context, const pawl_executor* executor,
                                      size_t index, pawl_tensor** tensor) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_executor_output_view(pawl_context* context, const pawl_executor* executor,
                                           size_t index, pawl_tensor** tensor) PAWL_NOEXCEPT;

/* Called for each observed value right after it was computed, on the thread that runs; the tensor
 * is valid during the call and belongs to Pawl. Returns PAWL_OK, or the pawl_status that ends the
 * run. */
typedef int32_t (*pawl_observe_fn)(void* user, const char* name, const pawl_tensor* tensor);
/* In every run from now on; NULL ends it. */
PAWL_API int32_t pawl_executor_set_observer(pawl_context* context, pawl_executor* executor,
                                            pawl_observe_fn observe, void* user) PAWL_NOEXCEPT;
/* The same without a callback: a value of the last run that got to it, with PAWL_OPT_KEEP_OBSERVED.
 * The tensor stays what it is. Errors: PAWL_NOT_FOUND for a name that is not observed or was not
 * computed, with the nearest ones. */
PAWL_API int32_t pawl_executor_observed(pawl_context* context, const pawl_executor* executor,
                                        const char* name, pawl_tensor** tensor) PAWL_NOEXCEPT;

/* Times nodes in every run from now on (1), or no longer (0); either way the times so far go. Then
 * for each node that ran, in the order of running: its name and operator, how often it ran and the
 * seconds in all. Where operators were merged the node is that of the layer; nodes of subgraphs
 * count into the node that has them. */
PAWL_API int32_t pawl_executor_time_nodes(pawl_context* context, pawl_executor* executor,
                                          int32_t on) PAWL_NOEXCEPT;
PAWL_API size_t pawl_executor_time_count(const pawl_executor* executor) PAWL_NOEXCEPT;
PAWL_API const char* pawl_executor_time_node(const pawl_executor* executor,
                                             size_t index) PAWL_NOEXCEPT;
PAWL_API const char* pawl_executor_time_operator(const pawl_executor* executor,
                                                 size_t index) PAWL_NOEXCEPT;
PAWL_API uint64_t pawl_executor_time_runs(const pawl_executor* executor,
                                          size_t index) PAWL_NOEXCEPT;
PAWL_API double pawl_executor_time_seconds(const pawl_executor* executor,
                                           size_t index) PAWL_NOEXCEPT;

/* Bytes that the shapes run so far need for values at a time, and those of packed weights beside
 * the graph's own. */
PAWL_API size_t pawl_executor_arena_bytes(const pawl_executor* executor) PAWL_NOEXCEPT;
PAWL_API size_t pawl_executor_packed_bytes(const pawl_executor* executor) PAWL_NOEXCEPT;

/* ---- jobs on graphs ---------------------------------------------------------------------------
 *
 * An ONNX model, a recipe and samples in, a quantized ONNX model and a report out. Full profile
 * only.
 *
 *   pawl_options_create(PAWL_OPTIONS_GRAPH_JOB, &options);
 *   pawl_options_set_string(options, PAWL_OPT_GRAPH_INPUT, "model.onnx");
 *   pawl_options_set_string(options, PAWL_OPT_GRAPH_OUTPUT, "model_int8.onnx");
 *   pawl_graph_job_create(ctx, options, NULL, &job);
 *   pawl_graph_job_add_sample(ctx, job, inputs, num_inputs);                    batch by batch
 *   pawl_graph_job_run(ctx, job, &report);
 *   puts(pawl_graph_report_text(report));
 */

typedef struct pawl_graph_job pawl_graph_job;
typedef struct pawl_graph_report pawl_graph_report;
typedef struct pawl_graph_analysis pawl_graph_analysis;

enum pawl_graph_mode {
  PAWL_GRAPH_STATIC = 0,      /* weights and activations are codes, ranges from samples */
  PAWL_GRAPH_DYNAMIC = 1,     /* activations become codes with the range they have when running */
  PAWL_GRAPH_WEIGHT_ONLY = 2, /* weights are codes, arithmetic is float */
  PAWL_GRAPH_FLOAT16 = 3
};

/* Whose rules the model follows. */
enum pawl_graph_target { PAWL_GRAPH_FOR_ONNXRUNTIME = 0, PAWL_GRAPH_FOR_TENSORRT = 1 };

enum pawl_graph_format {
  PAWL_GRAPH_QDQ = 0,      /* QuantizeLinear and DequantizeLinear around float operators */
  PAWL_GRAPH_QOPERATOR = 1 /* QLinearConv, QLinearMatMul, MatMulInteger */
};

enum pawl_pass_choice {
  PAWL_PASS_OFF = 0,
  PAWL_PASS_ON = 1,
  PAWL_PASS_AUTO = 2 /* done where it brings the outputs nearer to those of the float model */
};

/* `options` of kind PAWL_OPTIONS_GRAPH_JOB; both are copied. `recipe` may be NULL: int8 for every
 * layer; in PAWL_GRAPH_WEIGHT_ONLY int4 in groups of 32 for linear ones; f16 in
 * PAWL_GRAPH_FLOAT16. Its rules match a node's name, its operator, and the names of its weights and
 * of its first output. */
PAWL_API int32_t pawl_graph_job_create(pawl_context* context, const pawl_options* options,
                                       const pawl_recipe* recipe,
                                       pawl_graph_job** job) PAWL_NOEXCEPT;
PAWL_API void pawl_graph_job_destroy(pawl_graph_job* job) PAWL_NOEXCEPT;

/* A model in memory in place of PAWL_OPT_GRAPH_INPUT, which is shared. */
PAWL_API int32_t pawl_graph_job_set_graph(pawl_context* context, pawl_graph_job* job,
                                          const pawl_graph* graph) PAWL_NOEXCEPT;

/* Samples to calibrate and to check on, in place of PAWL_OPT_GRAPH_CALIBRATION; each is one call of
 * the model. Static jobs and analyses need them, others are checked on them where there are any.
 * Adds one that stays as long as the job: tensors in the order of pawl_graph_input, sharing
 * memory. */
PAWL_API int32_t pawl_graph_job_add_sample(pawl_context* context, pawl_graph_job* job,
                                           const pawl_tensor* const* inputs,
                                           size_t num_inputs) PAWL_NOEXCEPT;

/* Makes sample `index`: handles in the order of pawl_graph_input into `inputs`, all NULL before,
 * which then belong to Pawl. It is called on the thread that runs the job, in any order, more than
 * once for an index, and gives the same values each time. The context of the run is in use then:
 * tensors are made with another one. Returns PAWL_OK, or the pawl_status that ends the run. */
typedef int32_t (*pawl_sample_fn)(void* user, size_t index, pawl_tensor** inputs,
                                  size_t num_inputs);
/* `count` samples that are made when their turn comes, so that memory does not grow with their
 * number, in place of those that were added. The function must stay valid as long as the job. */
PAWL_API int32_t pawl_graph_job_set_samples(pawl_context* context, pawl_graph_job* job,
                                            size_t count, size_t num_inputs, pawl_sample_fn get,
                                            void* user) PAWL_NOEXCEPT;

/* Runs on the context's threads, with progress ("calibrate", "search", "check"). The same bytes for
 * every target and number of threads. What is written is read back and run first; after an error or
 * a cancellation there is no output file, or the one that was there before. A job may run again.
 * Errors: PAWL_INVALID_ARGUMENT naming the pattern, node or file (a pattern that matches nothing, a
 * scheme that the mode lacks, samples that do not fit, a bound that no recipe meets);
 * PAWL_UNIMPLEMENTED for a node that has to run and cannot; those of the files;
 * PAWL_RESOURCE_EXHAUSTED; PAWL_CANCELLED. */
PAWL_API int32_t pawl_graph_job_run(pawl_context* context, const pawl_graph_job* job,
                                    pawl_graph_report** report) PAWL_NOEXCEPT;

/* What a static job would do, layer by layer; nothing is written. JSON with stable key names has
 * for each layer its type, the outputs' error with it alone quantized, range and outliers of its
 * input, and what cannot be quantized and why; how far the second half of the samples widened
 * ranges; and a recipe that meets PAWL_OPT_GRAPH_MAX_DROP by keeping the costliest layers in float,
 * which pawl_graph_analysis_recipe has by itself. Errors: as above. */
PAWL_API int32_t pawl_graph_job_analyze(pawl_context* context, const pawl_graph_job* job,
                                        pawl_graph_analysis** analysis) PAWL_NOEXCEPT;
PAWL_API const char* pawl_graph_analysis_json(const pawl_graph_analysis* analysis) PAWL_NOEXCEPT;
PAWL_API const char* pawl_graph_analysis_text(const pawl_graph_analysis* analysis) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_graph_analysis_recipe(pawl_context* context,
                                            const pawl_graph_analysis* analysis,
                                            pawl_recipe** recipe) PAWL_NOEXCEPT;
PAWL_API void pawl_graph_analysis_destroy(pawl_graph_analysis* analysis) PAWL_NOEXCEPT;

/* All of it, with stable key names; and for people. */
PAWL_API const char* pawl_graph_report_json(const pawl_graph_report* report) PAWL_NOEXCEPT;
PAWL_API const char* pawl_graph_report_text(const pawl_graph_report* report) PAWL_NOEXCEPT;
/* The quantized model, to run or to save. Its constants may be views of the memory that the job's
 * model has. Errors: PAWL_FAILED_PRECONDITION after a dry run. */
PAWL_API int32_t pawl_graph_report_graph(pawl_context* context, const pawl_graph_report* report,
                                         pawl_graph** graph) PAWL_NOEXCEPT;
PAWL_API void pawl_graph_report_destroy(pawl_graph_report* report) PAWL_NOEXCEPT;

enum pawl_graph_figure {
  PAWL_GRAPH_FIGURE_QUANTIZED = 1,    /* layers; of one layer 1 or 0 */
  PAWL_GRAPH_FIGURE_BYTES_BEFORE = 2, /* of constants; of a layer's weights */
  PAWL_GRAPH_FIGURE_BYTES_AFTER = 3,
  /* of the whole only */
  PAWL_GRAPH_FIGURE_FILE_BYTES = 4,
  PAWL_GRAPH_FIGURE_SECONDS = 5,
  PAWL_GRAPH_FIGURE_SAMPLES = 6,          /* observed */
  PAWL_GRAPH_FIGURE_SAMPLES_COMPARED = 7, /* with the float model */
  /* of a layer's weights, and of an output against the float model */
  PAWL_GRAPH_FIGURE_SQNR_DB = 8,
  /* of an output only */
  PAWL_GRAPH_FIGURE_MAX_ERROR = 9,
  PAWL_GRAPH_FIGURE_SAME_DECISION = 10, /* share of rows with the same largest element */
  /* of a layer only */
  PAWL_GRAPH_FIGURE_RULE = 11,      /* index of the recipe's rule that decided; -1: none */
  PAWL_GRAPH_FIGURE_INPUT_MIN = 12, /* range of its input, and what that became */
  PAWL_GRAPH_FIGURE_INPUT_MAX = 13,
  PAWL_GRAPH_FIGURE_INPUT_SCALE = 14,
  PAWL_GRAPH_FIGURE_INPUT_ZERO_POINT = 15,
  PAWL_GRAPH_FIGURE_RAISED_CHANNELS = 16, /* whose scale grew so that the bias fits 32 bits */
  PAWL_GRAPH_FIGURE_COULD_SATURATE = 17   /* 1: on CPUs that add pairs of products in 16 bits */
};

/* NaN for a figure that there is not. */
PAWL_API double pawl_graph_report_total(const pawl_graph_report* report,
                                        int32_t figure) PAWL_NOEXCEPT;
/* Layers: nodes with weights, and products of two activations. Scheme and activations ("uint8",
 * "float") are empty where it is not quantized; the reason says why, or why not as asked. */
PAWL_API size_t pawl_graph_report_layer_count(const pawl_graph_report* report) PAWL_NOEXCEPT;
PAWL_API double pawl_graph_report_layer(const pawl_graph_report* report, size_t index,
                                        int32_t figure) PAWL_NOEXCEPT;
PAWL_API const char* pawl_graph_report_layer_name(const pawl_graph_report* report,
                                                  size_t index) PAWL_NOEXCEPT;
PAWL_API const char* pawl_graph_report_layer_operator(const pawl_graph_report* report,
                                                      size_t index) PAWL_NOEXCEPT;
PAWL_API const char* pawl_graph_report_layer_weights(const pawl_graph_report* report,
                                                     size_t index) PAWL_NOEXCEPT;
PAWL_API const char* pawl_graph_report_layer_scheme(const pawl_graph_report* report,
                                                    size_t index) PAWL_NOEXCEPT;
PAWL_API const char* pawl_graph_report_layer_activations(const pawl_graph_report* report,
                                                         size_t index) PAWL_NOEXCEPT;
PAWL_API const char* pawl_graph_report_layer_reason(const pawl_graph_report* report,
                                                    size_t index) PAWL_NOEXCEPT;
/* Outputs of the written model; none without samples. */
PAWL_API size_t pawl_graph_report_output_count(const pawl_graph_report* report) PAWL_NOEXCEPT;
PAWL_API double pawl_graph_report_output(const pawl_graph_report* report, size_t index,
                                         int32_t figure) PAWL_NOEXCEPT;
PAWL_API const char* pawl_graph_report_output_name(const pawl_graph_report* report,
                                                   size_t index) PAWL_NOEXCEPT;
/* What was done to the graph and what that brought; and what else should be known. */
PAWL_API size_t pawl_graph_report_pass_count(const pawl_graph_report* report) PAWL_NOEXCEPT;
PAWL_API const char* pawl_graph_report_pass(const pawl_graph_report* report,
                                            size_t index) PAWL_NOEXCEPT;
PAWL_API size_t pawl_graph_report_note_count(const pawl_graph_report* report) PAWL_NOEXCEPT;
PAWL_API const char* pawl_graph_report_note(const pawl_graph_report* report,
                                            size_t index) PAWL_NOEXCEPT;

/* ---- methods ----------------------------------------------------------------------------------
 *
 * Rounding that knows what a layer's inputs are. Full profile only.
 *
 *   pawl_moments_create(ctx, columns, &moments);
 *   pawl_moments_add(ctx, moments, inputs);                                     batch by batch
 *   pawl_factor_create(ctx, moments, NULL, &factor);
 *   pawl_gptq(ctx, weights, scheme, factor, NULL, NULL, 0, &quantized);
 *
 * Weights are [outputs, columns], inputs [.., columns], both of any float type. Results have the
 * same bytes for every target and number of threads. Errors, of all of them:
 * PAWL_INVALID_ARGUMENT where a shape, a type or an option does not fit, the scheme is none that
 * the method can round to, or a value is not finite (naming the first); PAWL_RESOURCE_EXHAUSTED;
 * PAWL_CANCELLED.
 */

/* What methods tell of their work; NaN for what one does not know. A caller gets the first `count`
 * of them in `figures`. */
enum pawl_method_figure {
  PAWL_METHOD_FIGURE_LOSS = 0, /* mean over samples of the squared error of the outputs, under the
                                  damped products */
  PAWL_METHOD_FIGURE_DAMPING = 1,      /* that the factor needed */
  PAWL_METHOD_FIGURE_ATTEMPTS = 2,     /* factorizations until there was one */
  PAWL_METHOD_FIGURE_DEAD_COLUMNS = 3, /* whose inputs are all 0 */
  PAWL_METHOD_FIGURE_ZEROS = 4,        /* weights that were pruned */
  PAWL_METHOD_FIGURE_ERROR_BEFORE = 5, /* the method's own measure: AWQ the mean squared error of
                                          the outputs, HQQ mean |w - q|, block search the weighted
                                          squared error */
  PAWL_METHOD_FIGURE_ERROR_AFTER = 6,
  PAWL_METHOD_FIGURE_RATIO = 7, /* AWQ's exponent */
  PAWL_METHOD_FIGURE_NAN = 8,   /* pawl_quantize_stat */
  PAWL_METHOD_FIGURE_INF = 9,
  PAWL_METHOD_FIGURE_ZERO_GROUPS = 10,
  PAWL_METHOD_FIGURE_SATURATED_SCALES = 11,
  PAWL_METHOD_FIGURE_UNDERFLOWED_SCALES = 12,
  PAWL_METHOD_FIGURE_COUNT = 13
};

typedef struct pawl_moments pawl_moments;
typedef struct pawl_factor pawl_factor;

/* Sum of x x^T over samples, in f64: 8 * columns^2 bytes. Serves every layer that has the inputs.
 * One thread at a time. After PAWL_CANCELLED or PAWL_RESOURCE_EXHAUSTED from an add the sums are of
 * no use. */
PAWL_API int32_t pawl_moments_create(pawl_context* context, size_t columns,
                                     pawl_moments** moments) PAWL_NOEXCEPT;
PAWL_API void pawl_moments_destroy(pawl_moments* moments) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_moments_add(pawl_context* context, pawl_moments* moments,
                                  const pawl_tensor* inputs) PAWL_NOEXCEPT;
/* Inputs as the quantized network has them, and what the float network has in the same places, for
 * pawl_correct_for_inputs; twice the memory from the first call on. */
PAWL_API int32_t pawl_moments_add_pair(pawl_context* context, pawl_moments* moments,
                                       const pawl_tensor* quantized_inputs,
                                       const pawl_tensor* float_inputs) PAWL_NOEXCEPT;
/* What the layer's outputs should have beside W x, f32 [samples, outputs]: where they are added to
 * a stream that is not what it is in the float network, the difference. The inputs themselves are
 * added by one of the above. */
PAWL_API int32_t pawl_moments_add_missing(pawl_context* context, pawl_moments* moments,
                                          const pawl_tensor* quantized_inputs,
                                          const pawl_tensor* missing) PAWL_NOEXCEPT;
/* Adds what another has collected, which stays. */
PAWL_API int32_t pawl_moments_merge(pawl_context* context, pawl_moments* moments,
                                    const pawl_moments* other) PAWL_NOEXCEPT;
PAWL_API size_t pawl_moments_columns(const pawl_moments* moments) PAWL_NOEXCEPT;
PAWL_API size_t pawl_moments_samples(const pawl_moments* moments) PAWL_NOEXCEPT;
/* Mean x^2 of each column, f32 [columns]: PAWL_OPT_IMPORTANCE, PAWL_OPT_BLOCK_IMPORTANCE. */
PAWL_API int32_t pawl_moments_importance(pawl_context* context, const pawl_moments* moments,
                                         pawl_tensor** importance) PAWL_NOEXCEPT;
/* Mean over samples of the squared error of the outputs with `approximation` in place of `weights`,
 * f32 both. */
PAWL_API int32_t pawl_moments_output_error(pawl_context* context, const pawl_moments* moments,
                                           const pawl_tensor* weights,
                                           const pawl_tensor* approximation,
                                           double* error) PAWL_NOEXCEPT;

/* Factorizes what was collected; immutable, threads may share it. `options` of kind
 * PAWL_OPTIONS_FACTOR. */
PAWL_API int32_t pawl_factor_create(pawl_context* context, const pawl_moments* moments,
                                    const pawl_options* options,
                                    pawl_factor** factor) PAWL_NOEXCEPT;
PAWL_API void pawl_factor_destroy(pawl_factor* factor) PAWL_NOEXCEPT;

/* GPTQ (Frantar et al. 2023), for any scheme whose codes round single values. `options` of kind
 * PAWL_OPTIONS_GPTQ. */
PAWL_API int32_t pawl_gptq(pawl_context* context, const pawl_tensor* weights,
                           const pawl_scheme* scheme, const pawl_factor* factor,
                           const pawl_options* options, double* figures, size_t count,
                           pawl_quantized_tensor** quantized) PAWL_NOEXCEPT;
/* Asymmetric calibration (GPTAQ, Qronos): the f32 weights for which the quantized network's inputs
 * come nearest to what the float network's give, to be quantized in place of `weights`. Needs
 * moments with pairs, of which `factor` was made. strength 1 is the least-squares solution. */
PAWL_API int32_t pawl_correct_for_inputs(pawl_context* context, const pawl_tensor* weights,
                                         const pawl_moments* moments, const pawl_factor* factor,
                                         double strength, pawl_tensor** corrected) PAWL_NOEXCEPT;

/* f32 weights, some of which became 0. `options` of kind PAWL_OPTIONS_PRUNING, which must ask for
 * some. By magnitude; and SparseGPT (Frantar, Alistarh 2023), which lets the others make up for
 * them. */
PAWL_API int32_t pawl_prune_magnitude(pawl_context* context, const pawl_tensor* weights,
                                      const pawl_options* options, double* figures, size_t count,
                                      pawl_tensor** pruned) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_sparse_gpt(pawl_context* context, const pawl_tensor* weights,
                                 const pawl_factor* factor, const pawl_options* options,
                                 double* figures, size_t count, pawl_tensor** pruned) PAWL_NOEXCEPT;

/* AWQ (Lin et al. 2024): scales, clipping and codes of one layer; the result's scheme has an input
 * scale. `options` of kind PAWL_OPTIONS_AWQ. */
PAWL_API int32_t pawl_awq(pawl_context* context, const pawl_tensor* weights,
                          const pawl_tensor* inputs, const pawl_scheme* scheme,
                          const pawl_options* options, double* figures, size_t count,
                          pawl_quantized_tensor** quantized) PAWL_NOEXCEPT;
/* Its parts, for scales that go into what makes the inputs: f32 [columns] for layers that share
 * inputs; and f32 weights, clipped. */
PAWL_API int32_t pawl_awq_scales(pawl_context* context, const pawl_tensor* const* layers,
                                 size_t layer_count, const pawl_tensor* inputs,
                                 const pawl_scheme* scheme, const pawl_options* options,
                                 double* figures, size_t count, pawl_tensor** scales) PAWL_NOEXCEPT;
PAWL_API int32_t pawl_awq_clip(pawl_context* context, const pawl_tensor* weights,
                               const pawl_tensor* inputs, const pawl_scheme* scheme,
                               const pawl_options* options, pawl_tensor** clipped) PAWL_NOEXCEPT;
/* SmoothQuant (Xiao et al. 2023): f32 [columns], max |x|^alpha / max |w|^(1 - alpha) of each;
 * `maxima` f32 [columns] are the inputs' largest magnitudes. */
PAWL_API int32_t pawl_smooth_quant_scales(pawl_context* context, const pawl_tensor* const* layers,
                                          size_t layer_count, const float* maxima, size_t columns,
                                          double alpha, pawl_tensor** scales) PAWL_NOEXCEPT;
/* f32 weights with column j times scales[j]. */
PAWL_API int32_t pawl_scale_columns(pawl_context* context, const pawl_tensor* weights,
                                    const float* scales, size_t columns,
                                    pawl_tensor** scaled) PAWL_NOEXCEPT;

/* HQQ (Badri, Shaji 2023), for schemes with a float zero point; needs no inputs. `options` of kind
 * PAWL_OPTIONS_HQQ. */
PAWL_API int32_t pawl_hqq(pawl_context* context, const pawl_tensor* weights,
                          const pawl_scheme* scheme, const pawl_options* options, double* figures,
                          size_t count, pawl_quantized_tensor** quantized) PAWL_NOEXCEPT;

/* Rounding weighted by importance, for block formats whose scales are integers under a super-scale
 * (GGUF's), and any groups along the rows. `options` of kind PAWL_OPTIONS_BLOCK_SEARCH. */
PAWL_API int32_t pawl_search_blocks(pawl_context* context, const pawl_tensor* weights,
                                    const pawl_scheme* scheme, const pawl_options* options,
                                    double* figures, size_t count,
                                    pawl_quantized_tensor** quantized) PAWL_NOEXCEPT;

/* ---- language models --------------------------------------------------------------------------
 *
 * Decoders of the llama family and BERT encoders out of a Hugging Face folder or a GGUF file, float
 * or quantized. Full profile only. Jobs quantize them (PAWL_OPT_CALIBRATION_IDS).
 */

typedef struct pawl_language_model pawl_language_model;
typedef struct pawl_eval pawl_eval;

/* `options` of kind PAWL_OPTIONS_LANGUAGE_MODEL. A model serves one thread at a time. Errors: what
 * reading gives; PAWL_UNIMPLEMENTED naming the architecture or setting; PAWL_NOT_FOUND and
 * PAWL_INVALID_ARGUMENT for tensors that the settings ask for. */
PAWL_API int32_t pawl_language_model_open(pawl_context* context, const char* path,
                                          const pawl_options* options,
                                          pawl_language_model** model) PAWL_NOEXCEPT;
PAWL_API void pawl_language_model_destroy(pawl_language_model* model) PAWL_NOEXCEPT;
/* "llama", "mistral", "qwen2", "qwen3", "gemma"; "bert"; valid as long as the model. */
PAWL_API const char* pawl_language_model_architecture(const pawl_language_model* model)
    PAWL_NOEXCEPT;

enum pawl_language_model_figure {
  PAWL_LANGUAGE_MODEL_VOCABULARY = 0,
  PAWL_LANGUAGE_MODEL_LAYERS = 1,
  PAWL_LANGUAGE_MODEL_CONTEXT = 2,   /* positions that it was made for */
  PAWL_LANGUAGE_MODEL_POSITIONS = 3, /* that a sequence may have here */
  PAWL_LANGUAGE_MODEL_ELEMENTS = 4,  /* of all tensors of the file */
  PAWL_LANGUAGE_MODEL_BYTES = 5,
  PAWL_LANGUAGE_MODEL_BYTE_LEVEL = 6, /* 1: ids are bytes of text */
  PAWL_LANGUAGE_MODEL_ENCODER = 7,    /* 1: it has hidden states, and no logits */
  PAWL_LANGUAGE_MODEL_WIDTH = 8,      /* of hidden states */
  PAWL_LANGUAGE_MODEL_BEGIN_ID = 9    /* of an encoder: the id that begins a sequence */
};
/* -1 for a figure that there is not, or that is not known. */
PAWL_API int64_t pawl_language_model_get(const pawl_language_model* model,
                                         int32_t figure) PAWL_NOEXCEPT;

/* Logits f32 [count, vocabulary] of a sequence from its beginning; row i is about id i + 1. The
 * tensor is a copy of the host's own. Errors: PAWL_INVALID_ARGUMENT for an id beyond the vocabulary
 * or more ids than positions; PAWL_FAILED_PRECONDITION for an encoder; PAWL_RESOURCE_EXHAUSTED;
 * PAWL_CANCELLED. */
PAWL_API int32_t pawl_language_model_logits(pawl_context* context, pawl_language_model* model,
                                            const int32_t* ids, size_t count,
                                            pawl_tensor** logits) PAWL_NOEXCEPT;
/* The same of ids after all that came since the last restart, whose keys and values are kept. */
PAWL_API int32_t pawl_language_model_continue(pawl_context* context, pawl_language_model* model,
                                              const int32_t* ids, size_t count,
                                              pawl_tensor** logits) PAWL_NOEXCEPT;
PAWL_API void pawl_language_model_restart(pawl_language_model* model) PAWL_NOEXCEPT;
/* An encoder's last hidden states f32 [count, width] of `sequences` sequences that stand one after
 * the other in `ids`, of `lengths` ids each; they run together. `lengths` NULL and `sequences` 0:
 * one sequence. The tensor is a copy of the host's own. Errors: as logits; PAWL_INVALID_ARGUMENT
 * for lengths that are not the ids'; PAWL_FAILED_PRECONDITION for a decoder. */
PAWL_API int32_t pawl_language_model_hidden(pawl_context* context, pawl_language_model* model,
                                            const int32_t* ids, size_t count,
                                            const int64_t* lengths, size_t sequences,
                                            pawl_tensor** states) PAWL_NOEXCEPT;

/* How well the model predicts a text, and how far it is from `reference` (NULL: not compared),
 * which must have the same vocabulary. `options` of kind PAWL_OPTIONS_EVAL. The ids are cut into
 * windows, each run from its beginning; of the first every id but its first counts, of later ones
 * those that no window before has counted, without the window's first.
 * Of an encoder its hidden states are compared, and the means of a sequence's, its embedding: the
 * windows are sequences, which also begin at PAWL_LANGUAGE_MODEL_BEGIN_ID where that is known. */
PAWL_API int32_t pawl_eval_run(pawl_context* context, pawl_language_model* model,
                               pawl_language_model* reference, const int32_t* ids, size_t count,
                               const pawl_options* options, pawl_eval** eval) PAWL_NOEXCEPT;
PAWL_API void pawl_eval_destroy(pawl_eval* eval) PAWL_NOEXCEPT;

enum pawl_eval_figure {
  PAWL_EVAL_COUNTED = 0, /* ids that were predicted */
  PAWL_EVAL_NATS = 1,    /* mean cross-entropy of those */
  PAWL_EVAL_PERPLEXITY = 2,
  PAWL_EVAL_BITS_PER_BYTE = 3, /* of models whose ids are bytes */
  PAWL_EVAL_BITS_PER_WEIGHT = 4,
  PAWL_EVAL_IDS_PER_SECOND = 5,
  /* against the reference, in nats */
  PAWL_EVAL_REFERENCE_PERPLEXITY = 6,
  PAWL_EVAL_MEAN_KL = 7,
  PAWL_EVAL_KL_999 = 8, /* 99.9 % of the divergences are at most this */
  PAWL_EVAL_MAX_KL = 9,
  PAWL_EVAL_SAME_TOP = 10, /* share of ids with the same most probable id */
  /* of an encoder against the reference; of those above it has 4 and 5 */
  PAWL_EVAL_HIDDEN_SQNR_DB = 11, /* signal to noise of all hidden states, infinite where equal */
  PAWL_EVAL_HIDDEN_COSINE = 12,  /* mean over ids */
  PAWL_EVAL_EMBEDDING_SQNR_DB = 13,
  PAWL_EVAL_EMBEDDING_COSINE = 14, /* mean over sequences */
  PAWL_EVAL_EMBEDDING_COSINE_MIN = 15
};
/* NaN for a figure that there is not. */
PAWL_API double pawl_eval_get(const pawl_eval* eval, int32_t figure) PAWL_NOEXCEPT;
/* All of it, with stable key names; and for people. Valid as long as the handle. */
PAWL_API const char* pawl_eval_json(const pawl_eval* eval) PAWL_NOEXCEPT;
PAWL_API const char* pawl_eval_text(const pawl_eval* eval) PAWL_NOEXCEPT;

enum pawl_export_format {
  PAWL_EXPORT_GPTQ = 0,    /* zero points stored minus one (AutoGPTQ) */
  PAWL_EXPORT_GPTQ_V2 = 1, /* as they are (GPTQModel) */
  PAWL_EXPORT_AWQ = 2,     /* version "gemm" */
  PAWL_EXPORT_COMPRESSED_TENSORS = 3,
  PAWL_EXPORT_BITSANDBYTES = 4
};
/* Writes a .pawl file with a decoder's weights, and the settings in `config_file` (config.json), as
 * a folder that transformers and vLLM load: model.safetensors and config.json in the folder
 * `output`, which must exist: all or none. Codes and scales go over as they are. Errors:
 * PAWL_INVALID_ARGUMENT naming the tensor that the format cannot hold; those of files. */
PAWL_API int32_t pawl_language_model_export(pawl_context* context, const char* model_file,
                                            const char* config_file, const char* output,
                                            int32_t format) PAWL_NOEXCEPT;

enum pawl_rotated {
  PAWL_ROTATED_ALL = 0,
  PAWL_ROTATED_STREAM = 1, /* what layers add to and read from */
  PAWL_ROTATED_HEADS = 2   /* the values of each head */
};
/* Reads a float decoder's folder (config.json, safetensors) and writes model.safetensors, in f32,
 * and config.json into the folder `output`, which must exist, all or none: the same model with
 * random Hadamard rotations (signs of `seed`) multiplied into its weights, which loses less when it
 * is quantized (QuaRot, Ashkboos et al. 2024). `parts` is a pawl_rotated. A head that is the
 * embedding becomes a tensor of its own. Errors: PAWL_INVALID_ARGUMENT for sizes without a Hadamard
 * matrix, a model that is quantized, tensors that such models do not have; PAWL_UNIMPLEMENTED
 * naming the architecture; those of files; PAWL_CANCELLED. */
PAWL_API int32_t pawl_language_model_rotate(pawl_context* context, const char* folder,
                                            const char* output, int32_t parts,
                                            uint64_t seed) PAWL_NOEXCEPT;

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* PAWL_CAPI_PAWL_H_ */
