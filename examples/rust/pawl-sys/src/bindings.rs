/* Made from capi/pawl.h by bindgen.sh; do not edit. */

pub const PAWL_VERSION_MAJOR: u32 = 0;
pub const PAWL_VERSION_MINOR: u32 = 1;
pub const PAWL_VERSION_PATCH: u32 = 0;
pub const PAWL_VERSION_NUMBER: u32 = 100;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct DLManagedTensor {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct DLManagedTensorVersioned {
    _unused: [u8; 0],
}
extern "C" {
    pub fn pawl_version_string() -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_version_number() -> u32;
}
extern "C" {
    pub fn pawl_abi_version() -> u32;
}
extern "C" {
    pub fn pawl_has_files() -> i32;
}
pub const PAWL_OK: pawl_status = 0;
pub const PAWL_CANCELLED: pawl_status = 1;
pub const PAWL_UNKNOWN: pawl_status = 2;
pub const PAWL_INVALID_ARGUMENT: pawl_status = 3;
pub const PAWL_DEADLINE_EXCEEDED: pawl_status = 4;
pub const PAWL_NOT_FOUND: pawl_status = 5;
pub const PAWL_ALREADY_EXISTS: pawl_status = 6;
pub const PAWL_PERMISSION_DENIED: pawl_status = 7;
pub const PAWL_RESOURCE_EXHAUSTED: pawl_status = 8;
pub const PAWL_FAILED_PRECONDITION: pawl_status = 9;
pub const PAWL_ABORTED: pawl_status = 10;
pub const PAWL_OUT_OF_RANGE: pawl_status = 11;
pub const PAWL_UNIMPLEMENTED: pawl_status = 12;
pub const PAWL_INTERNAL: pawl_status = 13;
pub const PAWL_UNAVAILABLE: pawl_status = 14;
pub const PAWL_DATA_LOSS: pawl_status = 15;
pub const PAWL_UNAUTHENTICATED: pawl_status = 16;
pub type pawl_status = ::std::os::raw::c_uint;
extern "C" {
    pub fn pawl_status_name(status: i32) -> *const ::std::os::raw::c_char;
}
pub const PAWL_LIST_SCHEMES: pawl_list = 0;
pub const PAWL_LIST_TARGETS: pawl_list = 1;
pub const PAWL_LIST_SUPPORTED_TARGETS: pawl_list = 2;
pub const PAWL_LIST_METHODS: pawl_list = 3;
pub const PAWL_LIST_DTYPES: pawl_list = 4;
pub const PAWL_LIST_FORMATS: pawl_list = 5;
pub const PAWL_LIST_CHECKPOINTS: pawl_list = 6;
pub const PAWL_LIST_ELEMENTS: pawl_list = 7;
pub const PAWL_LIST_GROUPS: pawl_list = 8;
pub const PAWL_LIST_OFFSETS: pawl_list = 9;
pub const PAWL_LIST_SCALES: pawl_list = 10;
pub const PAWL_LIST_SCHEME_PARTS: pawl_list = 11;
pub const PAWL_LIST_RANGES: pawl_list = 12;
pub const PAWL_LIST_OBSERVERS: pawl_list = 13;
pub const PAWL_LIST_ACTIVATION_RANGES: pawl_list = 14;
pub const PAWL_LIST_OPERATOR_TYPES: pawl_list = 15;
pub const PAWL_LIST_GRAPH_MODES: pawl_list = 16;
pub const PAWL_LIST_GRAPH_TARGETS: pawl_list = 17;
pub const PAWL_LIST_GRAPH_FORMATS: pawl_list = 18;
pub const PAWL_LIST_PASS_CHOICES: pawl_list = 19;
pub const PAWL_LIST_MODEL_FOLDERS: pawl_list = 20;
pub type pawl_list = ::std::os::raw::c_uint;
extern "C" {
    pub fn pawl_list_count(list: i32) -> usize;
}
extern "C" {
    pub fn pawl_list_name(list: i32, index: usize) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_list_description(list: i32, index: usize) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_constant_count() -> usize;
}
extern "C" {
    pub fn pawl_constant_name(index: usize) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_constant_value(index: usize) -> i64;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_context {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_options {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_tensor {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_scheme {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_quantized_tensor {
    _unused: [u8; 0],
}
pub const PAWL_OPTIONS_CONTEXT: pawl_options_kind = 1;
pub const PAWL_OPTIONS_QUANTIZE: pawl_options_kind = 2;
pub const PAWL_OPTIONS_OBSERVER: pawl_options_kind = 3;
pub const PAWL_OPTIONS_RANGE: pawl_options_kind = 4;
pub const PAWL_OPTIONS_LINEAR: pawl_options_kind = 5;
pub const PAWL_OPTIONS_JOB: pawl_options_kind = 6;
pub const PAWL_OPTIONS_CONV: pawl_options_kind = 7;
pub const PAWL_OPTIONS_EXECUTOR: pawl_options_kind = 8;
pub const PAWL_OPTIONS_GRAPH_JOB: pawl_options_kind = 9;
pub const PAWL_OPTIONS_FACTOR: pawl_options_kind = 10;
pub const PAWL_OPTIONS_GPTQ: pawl_options_kind = 11;
pub const PAWL_OPTIONS_PRUNING: pawl_options_kind = 12;
pub const PAWL_OPTIONS_AWQ: pawl_options_kind = 13;
pub const PAWL_OPTIONS_HQQ: pawl_options_kind = 14;
pub const PAWL_OPTIONS_BLOCK_SEARCH: pawl_options_kind = 15;
pub const PAWL_OPTIONS_LANGUAGE_MODEL: pawl_options_kind = 16;
pub const PAWL_OPTIONS_EVAL: pawl_options_kind = 17;
pub type pawl_options_kind = ::std::os::raw::c_uint;
pub const PAWL_OPTION_INT: pawl_option_value = 1;
pub const PAWL_OPTION_DOUBLE: pawl_option_value = 2;
pub const PAWL_OPTION_STRING: pawl_option_value = 3;
pub const PAWL_OPTION_INTS: pawl_option_value = 4;
pub const PAWL_OPTION_FLOATS: pawl_option_value = 5;
pub const PAWL_OPTION_TENSOR: pawl_option_value = 6;
pub type pawl_option_value = ::std::os::raw::c_uint;
pub const PAWL_OPT_THREADS: pawl_option = 101;
pub const PAWL_OPT_TARGET: pawl_option = 102;
pub const PAWL_OPT_SPIN_MICROSECONDS: pawl_option = 103;
pub const PAWL_OPT_RANGE_METHOD: pawl_option = 201;
pub const PAWL_OPT_PERCENTILE: pawl_option = 202;
pub const PAWL_OPT_IMPORTANCE: pawl_option = 203;
pub const PAWL_OPT_KMEANS_ITERATIONS: pawl_option = 204;
pub const PAWL_OPT_OUTLIER_COLUMNS: pawl_option = 205;
pub const PAWL_OPT_GROUP_INDEX: pawl_option = 206;
pub const PAWL_OPT_INPUT_SCALE: pawl_option = 207;
pub const PAWL_OPT_ROTATION_SEED: pawl_option = 208;
pub const PAWL_OPT_OBSERVER_KIND: pawl_option = 301;
pub const PAWL_OPT_PER_CHANNEL: pawl_option = 302;
pub const PAWL_OPT_AXIS: pawl_option = 303;
pub const PAWL_OPT_BINS: pawl_option = 304;
pub const PAWL_OPT_MOMENTUM: pawl_option = 305;
pub const PAWL_OPT_OBSERVER_RANGE: pawl_option = 401;
pub const PAWL_OPT_OBSERVER_PERCENTILE: pawl_option = 402;
pub const PAWL_OPT_MIN_CODE: pawl_option = 403;
pub const PAWL_OPT_MAX_CODE: pawl_option = 404;
pub const PAWL_OPT_SYMMETRIC: pawl_option = 405;
pub const PAWL_OPT_LINEAR_MODE: pawl_option = 501;
pub const PAWL_OPT_NAME: pawl_option = 502;
pub const PAWL_OPT_ACTIVATION_GROUPS: pawl_option = 503;
pub const PAWL_OPT_FUSED_ACTIVATION: pawl_option = 504;
pub const PAWL_OPT_BIAS: pawl_option = 505;
pub const PAWL_OPT_ACTIVATION_DTYPE: pawl_option = 506;
pub const PAWL_OPT_ACTIVATION_SCALE: pawl_option = 507;
pub const PAWL_OPT_ACTIVATION_ZERO_POINT: pawl_option = 508;
pub const PAWL_OPT_OUTPUT_DTYPE: pawl_option = 509;
pub const PAWL_OPT_OUTPUT_SCALE: pawl_option = 510;
pub const PAWL_OPT_OUTPUT_ZERO_POINT: pawl_option = 511;
pub const PAWL_OPT_ROUNDING: pawl_option = 512;
pub const PAWL_OPT_MULTIPLIERS: pawl_option = 513;
pub const PAWL_OPT_RELEASE_CANONICAL: pawl_option = 514;
pub const PAWL_OPT_ROUND_LEVELS: pawl_option = 515;
pub const PAWL_OPT_LINEAR_COMPUTE: pawl_option = 516;
pub const PAWL_OPT_INPUT: pawl_option = 601;
pub const PAWL_OPT_OUTPUT: pawl_option = 602;
pub const PAWL_OPT_CALIBRATION: pawl_option = 603;
pub const PAWL_OPT_DRY_RUN: pawl_option = 604;
pub const PAWL_OPT_MAX_MEMORY: pawl_option = 605;
pub const PAWL_OPT_RESUME: pawl_option = 606;
pub const PAWL_OPT_CHECKPOINT_BYTES: pawl_option = 607;
pub const PAWL_OPT_CALIBRATION_IDS: pawl_option = 608;
pub const PAWL_OPT_CALIBRATION_CONTEXT: pawl_option = 609;
pub const PAWL_OPT_IMATRIX: pawl_option = 610;
pub const PAWL_OPT_IMATRIX_OUTPUT: pawl_option = 611;
pub const PAWL_OPT_CONV_CHANNELS: pawl_option = 701;
pub const PAWL_OPT_CONV_GROUPS: pawl_option = 702;
pub const PAWL_OPT_CONV_KERNEL: pawl_option = 703;
pub const PAWL_OPT_CONV_STRIDES: pawl_option = 704;
pub const PAWL_OPT_CONV_DILATIONS: pawl_option = 705;
pub const PAWL_OPT_CONV_PADS: pawl_option = 706;
pub const PAWL_OPT_IMAGE_LAYOUT: pawl_option = 707;
pub const PAWL_OPT_RUN_MEMORY: pawl_option = 801;
pub const PAWL_OPT_FUSE: pawl_option = 802;
pub const PAWL_OPT_KEEP_OBSERVED: pawl_option = 803;
pub const PAWL_OPT_GRAPH_INPUT: pawl_option = 901;
pub const PAWL_OPT_GRAPH_OUTPUT: pawl_option = 902;
pub const PAWL_OPT_GRAPH_CALIBRATION: pawl_option = 903;
pub const PAWL_OPT_GRAPH_MODE: pawl_option = 904;
pub const PAWL_OPT_GRAPH_TARGET: pawl_option = 905;
pub const PAWL_OPT_GRAPH_FORMAT: pawl_option = 906;
pub const PAWL_OPT_GRAPH_CHECK_SAMPLES: pawl_option = 907;
pub const PAWL_OPT_GRAPH_MAX_DROP: pawl_option = 908;
pub const PAWL_OPT_GRAPH_METRIC: pawl_option = 909;
pub const PAWL_OPT_GRAPH_DRY_RUN: pawl_option = 910;
pub const PAWL_OPT_GRAPH_RUN_MEMORY: pawl_option = 911;
pub const PAWL_OPT_RANGE_SEARCH: pawl_option = 912;
pub const PAWL_OPT_CLIP_SEARCH: pawl_option = 913;
pub const PAWL_OPT_BIAS_CORRECTION: pawl_option = 914;
pub const PAWL_OPT_EQUALIZE: pawl_option = 915;
pub const PAWL_OPT_SMOOTH_QUANT: pawl_option = 916;
pub const PAWL_OPT_SMOOTH_ALPHA: pawl_option = 917;
pub const PAWL_OPT_FITTED_ROUNDING: pawl_option = 918;
pub const PAWL_OPT_DAMPING: pawl_option = 1001;
pub const PAWL_OPT_BY_ACTIVATION: pawl_option = 1002;
pub const PAWL_OPT_GPTQ_RANGE: pawl_option = 1101;
pub const PAWL_OPT_GPTQ_PERCENTILE: pawl_option = 1102;
pub const PAWL_OPT_GPTQ_KMEANS_ITERATIONS: pawl_option = 1103;
pub const PAWL_OPT_GPTQ_WEIGHTED_RANGE: pawl_option = 1104;
pub const PAWL_OPT_GPTQ_STATIC_GROUPS: pawl_option = 1105;
pub const PAWL_OPT_GPTQ_SPARSITY: pawl_option = 1106;
pub const PAWL_OPT_GPTQ_ZEROS: pawl_option = 1107;
pub const PAWL_OPT_GPTQ_ZEROS_OF: pawl_option = 1108;
pub const PAWL_OPT_SPARSITY: pawl_option = 1201;
pub const PAWL_OPT_ZEROS: pawl_option = 1202;
pub const PAWL_OPT_ZEROS_OF: pawl_option = 1203;
pub const PAWL_OPT_AWQ_RATIOS: pawl_option = 1301;
pub const PAWL_OPT_AWQ_DUO_SCALING: pawl_option = 1302;
pub const PAWL_OPT_AWQ_CLIP: pawl_option = 1303;
pub const PAWL_OPT_AWQ_CLIP_STEPS: pawl_option = 1304;
pub const PAWL_OPT_AWQ_MAX_SAMPLES: pawl_option = 1305;
pub const PAWL_OPT_AWQ_RANGE: pawl_option = 1306;
pub const PAWL_OPT_HQQ_NORM: pawl_option = 1401;
pub const PAWL_OPT_HQQ_BETA: pawl_option = 1402;
pub const PAWL_OPT_HQQ_KAPPA: pawl_option = 1403;
pub const PAWL_OPT_HQQ_ITERATIONS: pawl_option = 1404;
pub const PAWL_OPT_BLOCK_IMPORTANCE: pawl_option = 1501;
pub const PAWL_OPT_BLOCK_MAGNITUDE_WEIGHTS: pawl_option = 1502;
pub const PAWL_OPT_BLOCK_ROUNDS: pawl_option = 1503;
pub const PAWL_OPT_POSITIONS: pawl_option = 1601;
pub const PAWL_OPT_DYNAMIC_INT8: pawl_option = 1602;
pub const PAWL_OPT_MODEL_MEMORY: pawl_option = 1603;
pub const PAWL_OPT_EVAL_CONTEXT: pawl_option = 1701;
pub const PAWL_OPT_EVAL_STRIDE: pawl_option = 1702;
pub const PAWL_OPT_EVAL_MAX_IDS: pawl_option = 1703;
pub type pawl_option = ::std::os::raw::c_uint;
extern "C" {
    pub fn pawl_options_create(kind: i32, options: *mut *mut pawl_options) -> i32;
}
extern "C" {
    pub fn pawl_options_destroy(options: *mut pawl_options);
}
extern "C" {
    pub fn pawl_options_set_int(options: *mut pawl_options, option: i32, value: i64) -> i32;
}
extern "C" {
    pub fn pawl_options_set_double(options: *mut pawl_options, option: i32, value: f64) -> i32;
}
extern "C" {
    pub fn pawl_options_set_string(
        options: *mut pawl_options,
        option: i32,
        value: *const ::std::os::raw::c_char,
    ) -> i32;
}
extern "C" {
    pub fn pawl_options_set_ints(
        options: *mut pawl_options,
        option: i32,
        values: *const i32,
        count: usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_options_set_floats(
        options: *mut pawl_options,
        option: i32,
        values: *const f32,
        count: usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_options_set_tensor(
        options: *mut pawl_options,
        option: i32,
        value: *const pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_options_last_error(options: *const pawl_options) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_option_kind(option: i32) -> i32;
}
extern "C" {
    pub fn pawl_option_type(option: i32) -> i32;
}
extern "C" {
    pub fn pawl_option_name(option: i32) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_option_int_bounds(option: i32, min: *mut i64, max: *mut i64) -> i32;
}
extern "C" {
    pub fn pawl_option_double_bounds(option: i32, min: *mut f64, max: *mut f64) -> i32;
}
pub const PAWL_LOG_DEBUG: pawl_log_level = 0;
pub const PAWL_LOG_INFO: pawl_log_level = 1;
pub const PAWL_LOG_WARNING: pawl_log_level = 2;
pub const PAWL_LOG_ERROR: pawl_log_level = 3;
pub type pawl_log_level = ::std::os::raw::c_uint;
pub type pawl_log_fn = ::std::option::Option<
    unsafe extern "C" fn(
        user: *mut ::std::os::raw::c_void,
        level: i32,
        message: *const ::std::os::raw::c_char,
    ),
>;
pub type pawl_progress_fn = ::std::option::Option<
    unsafe extern "C" fn(
        user: *mut ::std::os::raw::c_void,
        stage: *const ::std::os::raw::c_char,
        item: *const ::std::os::raw::c_char,
        done: u64,
        total: u64,
        unit: *const ::std::os::raw::c_char,
    ),
>;
pub type pawl_task_fn = ::std::option::Option<
    unsafe extern "C" fn(task: *mut ::std::os::raw::c_void, index: i64, worker: i32),
>;
pub type pawl_parallel_for_fn = ::std::option::Option<
    unsafe extern "C" fn(
        user: *mut ::std::os::raw::c_void,
        count: i64,
        run: pawl_task_fn,
        task: *mut ::std::os::raw::c_void,
    ),
>;
extern "C" {
    pub fn pawl_options_set_log(
        options: *mut pawl_options,
        log: pawl_log_fn,
        user: *mut ::std::os::raw::c_void,
    ) -> i32;
}
extern "C" {
    pub fn pawl_options_set_progress(
        options: *mut pawl_options,
        progress: pawl_progress_fn,
        user: *mut ::std::os::raw::c_void,
    ) -> i32;
}
extern "C" {
    pub fn pawl_options_set_parallel_for(
        options: *mut pawl_options,
        parallel_for: pawl_parallel_for_fn,
        user: *mut ::std::os::raw::c_void,
    ) -> i32;
}
extern "C" {
    pub fn pawl_context_create(options: *mut pawl_options, context: *mut *mut pawl_context) -> i32;
}
extern "C" {
    pub fn pawl_context_destroy(context: *mut pawl_context);
}
extern "C" {
    pub fn pawl_context_last_status(context: *const pawl_context) -> i32;
}
extern "C" {
    pub fn pawl_context_last_error(context: *const pawl_context) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_context_threads(context: *const pawl_context) -> usize;
}
extern "C" {
    pub fn pawl_context_target(context: *const pawl_context) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_context_cancel(context: *mut pawl_context);
}
extern "C" {
    pub fn pawl_context_is_cancelled(context: *const pawl_context) -> i32;
}
extern "C" {
    pub fn pawl_context_reset_cancel(context: *mut pawl_context);
}
extern "C" {
    pub fn pawl_context_progress(context: *const pawl_context, done: *mut u64, total: *mut u64);
}
pub const PAWL_DTYPE_F32: pawl_dtype = 0;
pub const PAWL_DTYPE_F16: pawl_dtype = 1;
pub const PAWL_DTYPE_BF16: pawl_dtype = 2;
pub const PAWL_DTYPE_F64: pawl_dtype = 3;
pub const PAWL_DTYPE_I8: pawl_dtype = 4;
pub const PAWL_DTYPE_U8: pawl_dtype = 5;
pub const PAWL_DTYPE_I16: pawl_dtype = 6;
pub const PAWL_DTYPE_U16: pawl_dtype = 7;
pub const PAWL_DTYPE_I32: pawl_dtype = 8;
pub const PAWL_DTYPE_U32: pawl_dtype = 9;
pub const PAWL_DTYPE_I64: pawl_dtype = 10;
pub const PAWL_DTYPE_U64: pawl_dtype = 11;
pub const PAWL_DTYPE_BOOL: pawl_dtype = 12;
pub const PAWL_DTYPE_E4M3: pawl_dtype = 13;
pub const PAWL_DTYPE_E5M2: pawl_dtype = 14;
pub const PAWL_DTYPE_E8M0: pawl_dtype = 15;
pub type pawl_dtype = ::std::os::raw::c_uint;
extern "C" {
    pub fn pawl_dtype_size(dtype: i32) -> usize;
}
extern "C" {
    pub fn pawl_dtype_name(dtype: i32) -> *const ::std::os::raw::c_char;
}
pub type pawl_release_fn =
    ::std::option::Option<unsafe extern "C" fn(user: *mut ::std::os::raw::c_void)>;
extern "C" {
    pub fn pawl_tensor_create(
        context: *mut pawl_context,
        dtype: i32,
        shape: *const i64,
        rank: usize,
        tensor: *mut *mut pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_tensor_view(
        context: *mut pawl_context,
        dtype: i32,
        shape: *const i64,
        rank: usize,
        data: *const ::std::os::raw::c_void,
        size_bytes: usize,
        release: pawl_release_fn,
        user: *mut ::std::os::raw::c_void,
        tensor: *mut *mut pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_tensor_view_mutable(
        context: *mut pawl_context,
        dtype: i32,
        shape: *const i64,
        rank: usize,
        data: *mut ::std::os::raw::c_void,
        size_bytes: usize,
        release: pawl_release_fn,
        user: *mut ::std::os::raw::c_void,
        tensor: *mut *mut pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_tensor_copy(
        context: *mut pawl_context,
        dtype: i32,
        shape: *const i64,
        rank: usize,
        data: *const ::std::os::raw::c_void,
        size_bytes: usize,
        tensor: *mut *mut pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_tensor_from_dlpack(
        context: *mut pawl_context,
        managed: *mut DLManagedTensor,
        tensor: *mut *mut pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_tensor_to_dlpack(
        context: *mut pawl_context,
        tensor: *const pawl_tensor,
        managed: *mut *mut DLManagedTensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_tensor_from_dlpack_versioned(
        context: *mut pawl_context,
        managed: *mut DLManagedTensorVersioned,
        tensor: *mut *mut pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_tensor_to_dlpack_versioned(
        context: *mut pawl_context,
        tensor: *const pawl_tensor,
        managed: *mut *mut DLManagedTensorVersioned,
    ) -> i32;
}
extern "C" {
    pub fn pawl_tensor_destroy(tensor: *mut pawl_tensor);
}
extern "C" {
    pub fn pawl_tensor_to_f32(
        context: *mut pawl_context,
        tensor: *const pawl_tensor,
        f32_: *mut *mut pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_tensor_clone(
        context: *mut pawl_context,
        tensor: *const pawl_tensor,
        clone: *mut *mut pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_tensor_reshape(
        context: *mut pawl_context,
        tensor: *const pawl_tensor,
        shape: *const i64,
        rank: usize,
        reshaped: *mut *mut pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_tensor_dtype(tensor: *const pawl_tensor) -> i32;
}
extern "C" {
    pub fn pawl_tensor_rank(tensor: *const pawl_tensor) -> usize;
}
extern "C" {
    pub fn pawl_tensor_shape(tensor: *const pawl_tensor) -> *const i64;
}
extern "C" {
    pub fn pawl_tensor_num_elements(tensor: *const pawl_tensor) -> usize;
}
extern "C" {
    pub fn pawl_tensor_size_bytes(tensor: *const pawl_tensor) -> usize;
}
extern "C" {
    pub fn pawl_tensor_data(tensor: *const pawl_tensor) -> *const ::std::os::raw::c_void;
}
extern "C" {
    pub fn pawl_tensor_mutable_data(tensor: *mut pawl_tensor) -> *mut ::std::os::raw::c_void;
}
pub const PAWL_ELEMENT_INT: pawl_element_kind = 0;
pub const PAWL_ELEMENT_UINT: pawl_element_kind = 1;
pub const PAWL_ELEMENT_TERNARY: pawl_element_kind = 2;
pub const PAWL_ELEMENT_BINARY: pawl_element_kind = 3;
pub const PAWL_ELEMENT_TABLE: pawl_element_kind = 4;
pub const PAWL_ELEMENT_E2M1: pawl_element_kind = 5;
pub const PAWL_ELEMENT_E4M3: pawl_element_kind = 6;
pub const PAWL_ELEMENT_E5M2: pawl_element_kind = 7;
pub const PAWL_ELEMENT_F16: pawl_element_kind = 8;
pub const PAWL_ELEMENT_BF16: pawl_element_kind = 9;
pub type pawl_element_kind = ::std::os::raw::c_uint;
pub const PAWL_TABLE_NONE: pawl_table_kind = 0;
pub const PAWL_TABLE_NF4: pawl_table_kind = 1;
pub const PAWL_TABLE_FP4: pawl_table_kind = 2;
pub const PAWL_TABLE_IQ4NL: pawl_table_kind = 3;
pub const PAWL_TABLE_POWERS_OF_TWO: pawl_table_kind = 4;
pub const PAWL_TABLE_ADDITIVE_POWERS_OF_TWO: pawl_table_kind = 5;
pub const PAWL_TABLE_CODEBOOK: pawl_table_kind = 6;
pub type pawl_table_kind = ::std::os::raw::c_uint;
pub const PAWL_GROUP_TENSOR: pawl_group_kind = 0;
pub const PAWL_GROUP_CHANNEL: pawl_group_kind = 1;
pub const PAWL_GROUP_ALONG_ROW: pawl_group_kind = 2;
pub const PAWL_GROUP_BLOCK_2D: pawl_group_kind = 3;
pub const PAWL_GROUP_FLAT: pawl_group_kind = 4;
pub const PAWL_GROUP_FLAT_STRIDED: pawl_group_kind = 5;
pub const PAWL_GROUP_INDEX_MAP: pawl_group_kind = 6;
pub type pawl_group_kind = ::std::os::raw::c_uint;
pub const PAWL_PARAM_NONE: pawl_param_kind = 0;
pub const PAWL_PARAM_F32: pawl_param_kind = 1;
pub const PAWL_PARAM_F16: pawl_param_kind = 2;
pub const PAWL_PARAM_BF16: pawl_param_kind = 3;
pub const PAWL_PARAM_E8M0: pawl_param_kind = 4;
pub const PAWL_PARAM_E8M0_GGML: pawl_param_kind = 5;
pub const PAWL_PARAM_E4M3: pawl_param_kind = 6;
pub const PAWL_PARAM_UE4M3_GGML: pawl_param_kind = 7;
pub const PAWL_PARAM_UINT: pawl_param_kind = 8;
pub const PAWL_PARAM_INT: pawl_param_kind = 9;
pub const PAWL_PARAM_TABLE: pawl_param_kind = 10;
pub const PAWL_PARAM_E8M0_INF: pawl_param_kind = 11;
pub const PAWL_PARAM_OWN_SCALE: pawl_param_kind = 12;
pub type pawl_param_kind = ::std::os::raw::c_uint;
pub const PAWL_OFFSET_NONE: pawl_offset_kind = 0;
pub const PAWL_OFFSET_ZERO_POINT: pawl_offset_kind = 1;
pub const PAWL_OFFSET_FLOAT_ZERO: pawl_offset_kind = 2;
pub const PAWL_OFFSET_MINIMUM: pawl_offset_kind = 3;
pub type pawl_offset_kind = ::std::os::raw::c_uint;
pub const PAWL_ARITHMETIC_F32: pawl_arithmetic = 0;
pub const PAWL_ARITHMETIC_F16: pawl_arithmetic = 1;
pub const PAWL_ARITHMETIC_BF16: pawl_arithmetic = 2;
pub type pawl_arithmetic = ::std::os::raw::c_uint;
pub const PAWL_SCHEME_ELEMENT: pawl_scheme_field = 1;
pub const PAWL_SCHEME_ELEMENT_BITS: pawl_scheme_field = 2;
pub const PAWL_SCHEME_TABLE: pawl_scheme_field = 3;
pub const PAWL_SCHEME_GROUP: pawl_scheme_field = 4;
pub const PAWL_SCHEME_GROUP_AXIS: pawl_scheme_field = 5;
pub const PAWL_SCHEME_GROUP_ROWS: pawl_scheme_field = 6;
pub const PAWL_SCHEME_GROUP_SIZE: pawl_scheme_field = 7;
pub const PAWL_SCHEME_SCALE: pawl_scheme_field = 8;
pub const PAWL_SCHEME_SCALE_BITS: pawl_scheme_field = 9;
pub const PAWL_SCHEME_SUPER_SCALE: pawl_scheme_field = 10;
pub const PAWL_SCHEME_SUPER_SCALE_BITS: pawl_scheme_field = 11;
pub const PAWL_SCHEME_SUPER_SIZE: pawl_scheme_field = 12;
pub const PAWL_SCHEME_SUPER_DIVIDES: pawl_scheme_field = 13;
pub const PAWL_SCHEME_OFFSET: pawl_scheme_field = 14;
pub const PAWL_SCHEME_OFFSET_TYPE: pawl_scheme_field = 15;
pub const PAWL_SCHEME_OFFSET_BITS: pawl_scheme_field = 16;
pub const PAWL_SCHEME_SUPER_OFFSET: pawl_scheme_field = 17;
pub const PAWL_SCHEME_SUPER_OFFSET_BITS: pawl_scheme_field = 18;
pub const PAWL_SCHEME_ARITHMETIC: pawl_scheme_field = 19;
pub const PAWL_SCHEME_FULL_RANGE: pawl_scheme_field = 20;
pub const PAWL_SCHEME_OUTLIERS: pawl_scheme_field = 21;
pub const PAWL_SCHEME_OUTLIERS_BITS: pawl_scheme_field = 22;
pub const PAWL_SCHEME_INPUT_SCALE: pawl_scheme_field = 23;
pub const PAWL_SCHEME_ROTATION_BLOCK: pawl_scheme_field = 24;
pub type pawl_scheme_field = ::std::os::raw::c_uint;
extern "C" {
    pub fn pawl_scheme_parse(
        context: *mut pawl_context,
        text: *const ::std::os::raw::c_char,
        scheme: *mut *mut pawl_scheme,
    ) -> i32;
}
extern "C" {
    pub fn pawl_scheme_destroy(scheme: *mut pawl_scheme);
}
extern "C" {
    pub fn pawl_scheme_string(scheme: *const pawl_scheme) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_scheme_equal(a: *const pawl_scheme, b: *const pawl_scheme) -> i32;
}
extern "C" {
    pub fn pawl_scheme_get(
        context: *mut pawl_context,
        scheme: *const pawl_scheme,
        field: i32,
        value: *mut i64,
    ) -> i32;
}
extern "C" {
    pub fn pawl_scheme_set(
        context: *mut pawl_context,
        scheme: *mut pawl_scheme,
        field: i32,
        value: i64,
    ) -> i32;
}
extern "C" {
    pub fn pawl_scheme_post_scale(scheme: *const pawl_scheme) -> f32;
}
extern "C" {
    pub fn pawl_scheme_set_post_scale(
        context: *mut pawl_context,
        scheme: *mut pawl_scheme,
        post_scale: f32,
    ) -> i32;
}
extern "C" {
    pub fn pawl_scheme_validate(context: *mut pawl_context, scheme: *const pawl_scheme) -> i32;
}
extern "C" {
    pub fn pawl_scheme_num_groups(
        context: *mut pawl_context,
        scheme: *const pawl_scheme,
        shape: *const i64,
        rank: usize,
        groups: *mut usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_scheme_num_super_groups(
        context: *mut pawl_context,
        scheme: *const pawl_scheme,
        shape: *const i64,
        rank: usize,
        super_groups: *mut usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_scheme_storage_bytes(
        context: *mut pawl_context,
        scheme: *const pawl_scheme,
        shape: *const i64,
        rank: usize,
        bytes: *mut usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_scheme_bits_per_weight(
        context: *mut pawl_context,
        scheme: *const pawl_scheme,
        shape: *const i64,
        rank: usize,
        bits: *mut f64,
    ) -> i32;
}
pub const PAWL_RANGE_MAX: pawl_range_method = 0;
pub const PAWL_RANGE_PERCENTILE: pawl_range_method = 1;
pub const PAWL_RANGE_MSE: pawl_range_method = 2;
pub const PAWL_RANGE_SCALE_SEARCH: pawl_range_method = 3;
pub type pawl_range_method = ::std::os::raw::c_uint;
pub const PAWL_STAT_NAN: pawl_quantize_stat = 0;
pub const PAWL_STAT_INF: pawl_quantize_stat = 1;
pub const PAWL_STAT_ZERO_GROUPS: pawl_quantize_stat = 2;
pub const PAWL_STAT_SATURATED_SCALES: pawl_quantize_stat = 3;
pub const PAWL_STAT_UNDERFLOWED_SCALES: pawl_quantize_stat = 4;
pub const PAWL_STAT_COUNT: pawl_quantize_stat = 5;
pub type pawl_quantize_stat = ::std::os::raw::c_uint;
extern "C" {
    pub fn pawl_quantize(
        context: *mut pawl_context,
        weights: *const pawl_tensor,
        scheme: *const pawl_scheme,
        options: *const pawl_options,
        stats: *mut i64,
        stats_count: usize,
        quantized: *mut *mut pawl_quantized_tensor,
    ) -> i32;
}
pub const PAWL_PART_CODES: pawl_part = 0;
pub const PAWL_PART_SCALES: pawl_part = 1;
pub const PAWL_PART_OFFSETS: pawl_part = 2;
pub const PAWL_PART_SUPER_SCALES: pawl_part = 3;
pub const PAWL_PART_SUPER_OFFSETS: pawl_part = 4;
pub const PAWL_PART_LEVELS: pawl_part = 5;
pub const PAWL_PART_SCALE_LEVELS: pawl_part = 6;
pub const PAWL_PART_GROUP_INDEX: pawl_part = 7;
pub const PAWL_PART_OUTLIER_COLUMNS: pawl_part = 8;
pub const PAWL_PART_OUTLIER_VALUES: pawl_part = 9;
pub const PAWL_PART_INPUT_SCALE: pawl_part = 10;
pub const PAWL_PART_ROTATION_SIGNS: pawl_part = 11;
pub type pawl_part = ::std::os::raw::c_uint;
extern "C" {
    pub fn pawl_quantized_tensor_create(
        context: *mut pawl_context,
        scheme: *const pawl_scheme,
        shape: *const i64,
        rank: usize,
        quantized: *mut *mut pawl_quantized_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_quantized_tensor_destroy(quantized: *mut pawl_quantized_tensor);
}
extern "C" {
    pub fn pawl_quantized_tensor_part(
        context: *mut pawl_context,
        quantized: *const pawl_quantized_tensor,
        part: i32,
        tensor: *mut *mut pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_quantized_tensor_set_part(
        context: *mut pawl_context,
        quantized: *mut pawl_quantized_tensor,
        part: i32,
        tensor: *const pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_quantized_tensor_scale_offset(quantized: *const pawl_quantized_tensor) -> f32;
}
extern "C" {
    pub fn pawl_quantized_tensor_set_scale_offset(
        context: *mut pawl_context,
        quantized: *mut pawl_quantized_tensor,
        scale_offset: f32,
    ) -> i32;
}
extern "C" {
    pub fn pawl_quantized_tensor_validate(
        context: *mut pawl_context,
        quantized: *const pawl_quantized_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_quantized_tensor_scheme(
        context: *mut pawl_context,
        quantized: *const pawl_quantized_tensor,
        scheme: *mut *mut pawl_scheme,
    ) -> i32;
}
extern "C" {
    pub fn pawl_quantized_tensor_rank(quantized: *const pawl_quantized_tensor) -> usize;
}
extern "C" {
    pub fn pawl_quantized_tensor_shape(quantized: *const pawl_quantized_tensor) -> *const i64;
}
extern "C" {
    pub fn pawl_quantized_tensor_rows(quantized: *const pawl_quantized_tensor) -> usize;
}
extern "C" {
    pub fn pawl_quantized_tensor_cols(quantized: *const pawl_quantized_tensor) -> usize;
}
extern "C" {
    pub fn pawl_quantized_tensor_size_bytes(quantized: *const pawl_quantized_tensor) -> usize;
}
extern "C" {
    pub fn pawl_quantized_tensor_bits_per_weight(quantized: *const pawl_quantized_tensor) -> f64;
}
extern "C" {
    pub fn pawl_dequantize(
        context: *mut pawl_context,
        quantized: *const pawl_quantized_tensor,
        row_begin: usize,
        out: *mut f32,
        count: usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_unpack_codes(
        context: *mut pawl_context,
        quantized: *const pawl_quantized_tensor,
        row_begin: usize,
        codes: *mut i16,
        count: usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_pack_codes(
        context: *mut pawl_context,
        quantized: *mut pawl_quantized_tensor,
        row_begin: usize,
        codes: *const i16,
        count: usize,
    ) -> i32;
}
pub const PAWL_ERROR_SQNR_DB: pawl_error_figure = 0;
pub const PAWL_ERROR_COSINE: pawl_error_figure = 1;
pub const PAWL_ERROR_MAX: pawl_error_figure = 2;
pub const PAWL_ERROR_MSE: pawl_error_figure = 3;
pub const PAWL_ERROR_COMPARED: pawl_error_figure = 4;
pub const PAWL_ERROR_ORIGINAL_NAN: pawl_error_figure = 5;
pub const PAWL_ERROR_ORIGINAL_INF: pawl_error_figure = 6;
pub const PAWL_ERROR_DECODED_NAN: pawl_error_figure = 7;
pub const PAWL_ERROR_DECODED_INF: pawl_error_figure = 8;
pub const PAWL_ERROR_UNLIKE: pawl_error_figure = 9;
pub const PAWL_ERROR_COUNT: pawl_error_figure = 10;
pub type pawl_error_figure = ::std::os::raw::c_uint;
extern "C" {
    pub fn pawl_compare(
        context: *mut pawl_context,
        original: *const pawl_tensor,
        quantized: *const pawl_quantized_tensor,
        figures: *mut f64,
        count: usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_compare_quantized(
        context: *mut pawl_context,
        original: *const pawl_quantized_tensor,
        quantized: *const pawl_quantized_tensor,
        figures: *mut f64,
        count: usize,
    ) -> i32;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_observer {
    _unused: [u8; 0],
}
pub const PAWL_OBSERVER_MINMAX: pawl_observer_kind = 0;
pub const PAWL_OBSERVER_MOVING_AVERAGE: pawl_observer_kind = 1;
pub const PAWL_OBSERVER_HISTOGRAM: pawl_observer_kind = 2;
pub type pawl_observer_kind = ::std::os::raw::c_uint;
pub const PAWL_OBSERVER_RANGE_MINMAX: pawl_observer_range = 0;
pub const PAWL_OBSERVER_RANGE_PERCENTILE: pawl_observer_range = 1;
pub const PAWL_OBSERVER_RANGE_ENTROPY: pawl_observer_range = 2;
pub const PAWL_OBSERVER_RANGE_MSE: pawl_observer_range = 3;
pub type pawl_observer_range = ::std::os::raw::c_uint;
extern "C" {
    pub fn pawl_observer_create(
        context: *mut pawl_context,
        options: *const pawl_options,
        observer: *mut *mut pawl_observer,
    ) -> i32;
}
extern "C" {
    pub fn pawl_observer_destroy(observer: *mut pawl_observer);
}
extern "C" {
    pub fn pawl_observer_observe(
        context: *mut pawl_context,
        observer: *mut pawl_observer,
        batch: *const pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_observer_observe_f32(
        context: *mut pawl_context,
        observer: *mut pawl_observer,
        values: *const f32,
        count: usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_observer_merge(
        context: *mut pawl_context,
        observer: *mut pawl_observer,
        other: *const pawl_observer,
    ) -> i32;
}
extern "C" {
    pub fn pawl_observer_count(observer: *const pawl_observer) -> u64;
}
extern "C" {
    pub fn pawl_observer_nan_count(observer: *const pawl_observer) -> u64;
}
extern "C" {
    pub fn pawl_observer_inf_count(observer: *const pawl_observer) -> u64;
}
extern "C" {
    pub fn pawl_observer_size_bytes(observer: *const pawl_observer) -> usize;
}
extern "C" {
    pub fn pawl_observer_channels(observer: *const pawl_observer) -> usize;
}
extern "C" {
    pub fn pawl_observer_ranges(
        context: *mut pawl_context,
        observer: *const pawl_observer,
        options: *const pawl_options,
        min: *mut f64,
        max: *mut f64,
        count: usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_observer_qparams(
        context: *mut pawl_context,
        observer: *const pawl_observer,
        options: *const pawl_options,
        scales: *mut f32,
        zero_points: *mut i32,
        count: usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_observer_histogram(
        context: *mut pawl_context,
        observer: *const pawl_observer,
        channel: usize,
        exponent: *mut i32,
        bins: *mut usize,
        counts: *mut u64,
        count: usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_compute_qparams(
        context: *mut pawl_context,
        min: f64,
        max: f64,
        options: *const pawl_options,
        scale: *mut f32,
        zero_point: *mut i32,
    ) -> i32;
}
extern "C" {
    pub fn pawl_fake_quantize(
        context: *mut pawl_context,
        x: *const f32,
        shape: *const i64,
        rank: usize,
        scales: *const f32,
        zero_points: *const i32,
        num_scales: usize,
        axis: i32,
        min_code: i32,
        max_code: i32,
        out: *mut f32,
    ) -> i32;
}
extern "C" {
    pub fn pawl_fake_quantize_backward(
        context: *mut pawl_context,
        x: *const f32,
        shape: *const i64,
        rank: usize,
        scales: *const f32,
        zero_points: *const i32,
        num_scales: usize,
        axis: i32,
        min_code: i32,
        max_code: i32,
        grad_out: *const f32,
        scale_factor: f64,
        grad_x: *mut f32,
        grad_scale: *mut f64,
        grad_zero_point: *mut f64,
    ) -> i32;
}
extern "C" {
    pub fn pawl_lsq_gradient_factor(
        context: *mut pawl_context,
        count: usize,
        max_code: i32,
        factor: *mut f64,
    ) -> i32;
}
extern "C" {
    pub fn pawl_lsq_initial_scale(
        context: *mut pawl_context,
        x: *const f32,
        count: usize,
        max_code: i32,
        scale: *mut f32,
    ) -> i32;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_linear {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_embedding {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_conv {
    _unused: [u8; 0],
}
pub const PAWL_LINEAR_WEIGHT_ONLY: pawl_linear_mode = 0;
pub const PAWL_LINEAR_DYNAMIC_INT8: pawl_linear_mode = 1;
pub const PAWL_LINEAR_STATIC_INT8: pawl_linear_mode = 2;
pub const PAWL_LINEAR_INTEGER_ONLY: pawl_linear_mode = 3;
pub type pawl_linear_mode = ::std::os::raw::c_uint;
pub const PAWL_COMPUTE_F32: pawl_linear_compute = 0;
pub const PAWL_COMPUTE_BF16: pawl_linear_compute = 1;
pub type pawl_linear_compute = ::std::os::raw::c_uint;
pub const PAWL_ACTIVATION_PER_TOKEN: pawl_activation_groups = 0;
pub const PAWL_ACTIVATION_PER_TOKEN_AND_GROUP: pawl_activation_groups = 1;
pub type pawl_activation_groups = ::std::os::raw::c_uint;
pub const PAWL_FUSED_NONE: pawl_fused_activation = 0;
pub const PAWL_FUSED_RELU: pawl_fused_activation = 1;
pub const PAWL_FUSED_RELU6: pawl_fused_activation = 2;
pub const PAWL_FUSED_SILU: pawl_fused_activation = 3;
pub const PAWL_FUSED_GELU: pawl_fused_activation = 4;
pub const PAWL_FUSED_GELU_TANH: pawl_fused_activation = 5;
pub const PAWL_FUSED_HARD_SWISH: pawl_fused_activation = 6;
pub type pawl_fused_activation = ::std::os::raw::c_uint;
pub const PAWL_ROUNDING_CLASSIC: pawl_rounding = 0;
pub const PAWL_ROUNDING_SINGLE: pawl_rounding = 1;
pub type pawl_rounding = ::std::os::raw::c_uint;
pub const PAWL_IMAGE_NCHW: pawl_image_layout = 0;
pub const PAWL_IMAGE_NHWC: pawl_image_layout = 1;
pub type pawl_image_layout = ::std::os::raw::c_uint;
extern "C" {
    pub fn pawl_fixed_point_multiplier(
        context: *mut pawl_context,
        real: f64,
        multiplier: *mut i32,
        shift: *mut i32,
    ) -> i32;
}
extern "C" {
    pub fn pawl_requantize(
        context: *mut pawl_context,
        acc: *const i32,
        count: usize,
        multiplier: i32,
        shift: i32,
        rounding: i32,
        out: *mut i32,
    ) -> i32;
}
extern "C" {
    pub fn pawl_requantize_wide(
        context: *mut pawl_context,
        acc: *const i64,
        count: usize,
        multiplier: i32,
        shift: i32,
        out: *mut i32,
    ) -> i32;
}
extern "C" {
    pub fn pawl_linear_create(
        context: *mut pawl_context,
        weights: *const pawl_quantized_tensor,
        options: *const pawl_options,
        linear: *mut *mut pawl_linear,
    ) -> i32;
}
extern "C" {
    pub fn pawl_linear_destroy(linear: *mut pawl_linear);
}
extern "C" {
    pub fn pawl_linear_run(
        context: *mut pawl_context,
        linear: *const pawl_linear,
        rows: usize,
        x: *const ::std::os::raw::c_void,
        x_dtype: i32,
        x_stride: usize,
        y: *mut ::std::os::raw::c_void,
        y_dtype: i32,
        y_stride: usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_linear_run_group(
        context: *mut pawl_context,
        linears: *const *const pawl_linear,
        count: usize,
        rows: usize,
        x: *const ::std::os::raw::c_void,
        x_dtype: i32,
        x_stride: usize,
        y: *const *mut ::std::os::raw::c_void,
        y_dtype: i32,
    ) -> i32;
}
extern "C" {
    pub fn pawl_linear_shares_input(a: *const pawl_linear, b: *const pawl_linear) -> i32;
}
extern "C" {
    pub fn pawl_linear_in_features(linear: *const pawl_linear) -> usize;
}
extern "C" {
    pub fn pawl_linear_out_features(linear: *const pawl_linear) -> usize;
}
extern "C" {
    pub fn pawl_linear_get_mode(linear: *const pawl_linear) -> i32;
}
extern "C" {
    pub fn pawl_linear_name(linear: *const pawl_linear) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_linear_size_bytes(linear: *const pawl_linear) -> usize;
}
extern "C" {
    pub fn pawl_linear_workspace_bytes(
        linear: *const pawl_linear,
        rows: usize,
        threads: usize,
    ) -> usize;
}
extern "C" {
    pub fn pawl_linear_weights(
        context: *mut pawl_context,
        linear: *const pawl_linear,
        weights: *mut *mut pawl_quantized_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_conv_create(
        context: *mut pawl_context,
        weights: *const pawl_quantized_tensor,
        conv_options: *const pawl_options,
        layer_options: *const pawl_options,
        conv: *mut *mut pawl_conv,
    ) -> i32;
}
extern "C" {
    pub fn pawl_conv_create_float(
        context: *mut pawl_context,
        weights: *const pawl_tensor,
        conv_options: *const pawl_options,
        layer_options: *const pawl_options,
        conv: *mut *mut pawl_conv,
    ) -> i32;
}
extern "C" {
    pub fn pawl_conv_destroy(conv: *mut pawl_conv);
}
extern "C" {
    pub fn pawl_conv_run(
        context: *mut pawl_context,
        conv: *const pawl_conv,
        batch: usize,
        height: usize,
        width: usize,
        x: *const ::std::os::raw::c_void,
        x_dtype: i32,
        x_stride: usize,
        y: *mut ::std::os::raw::c_void,
        y_dtype: i32,
        y_stride: usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_conv_in_channels(conv: *const pawl_conv) -> usize;
}
extern "C" {
    pub fn pawl_conv_out_channels(conv: *const pawl_conv) -> usize;
}
extern "C" {
    pub fn pawl_conv_output_height(conv: *const pawl_conv, height: usize) -> usize;
}
extern "C" {
    pub fn pawl_conv_output_width(conv: *const pawl_conv, width: usize) -> usize;
}
extern "C" {
    pub fn pawl_conv_get_mode(conv: *const pawl_conv) -> i32;
}
extern "C" {
    pub fn pawl_conv_name(conv: *const pawl_conv) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_conv_size_bytes(conv: *const pawl_conv) -> usize;
}
extern "C" {
    pub fn pawl_conv_workspace_bytes(
        conv: *const pawl_conv,
        height: usize,
        width: usize,
        threads: usize,
    ) -> usize;
}
extern "C" {
    pub fn pawl_conv_weights(
        context: *mut pawl_context,
        conv: *const pawl_conv,
        weights: *mut *mut pawl_quantized_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_embedding_create(
        context: *mut pawl_context,
        table: *const pawl_quantized_tensor,
        name: *const ::std::os::raw::c_char,
        embedding: *mut *mut pawl_embedding,
    ) -> i32;
}
extern "C" {
    pub fn pawl_embedding_destroy(embedding: *mut pawl_embedding);
}
extern "C" {
    pub fn pawl_embedding_lookup_i32(
        context: *mut pawl_context,
        embedding: *const pawl_embedding,
        indices: *const i32,
        count: usize,
        y: *mut ::std::os::raw::c_void,
        y_dtype: i32,
        y_stride: usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_embedding_lookup_i64(
        context: *mut pawl_context,
        embedding: *const pawl_embedding,
        indices: *const i64,
        count: usize,
        y: *mut ::std::os::raw::c_void,
        y_dtype: i32,
        y_stride: usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_embedding_rows(embedding: *const pawl_embedding) -> usize;
}
extern "C" {
    pub fn pawl_embedding_cols(embedding: *const pawl_embedding) -> usize;
}
extern "C" {
    pub fn pawl_embedding_table(
        context: *mut pawl_context,
        embedding: *const pawl_embedding,
        table: *mut *mut pawl_quantized_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_embedding_workspace_bytes(
        embedding: *const pawl_embedding,
        threads: usize,
    ) -> usize;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_text {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_buffer {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_checkpoint {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_model_reader {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_model_writer {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_file_reader {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_file_writer {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_calibrator {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_tensorrt_cache {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_recipe {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_job {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_report {
    _unused: [u8; 0],
}
extern "C" {
    pub fn pawl_text_data(text: *const pawl_text) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_text_size(text: *const pawl_text) -> usize;
}
extern "C" {
    pub fn pawl_text_destroy(text: *mut pawl_text);
}
pub const PAWL_FORMAT_SAFETENSORS: pawl_format = 0;
pub const PAWL_FORMAT_PAWL: pawl_format = 1;
pub const PAWL_FORMAT_GGUF: pawl_format = 2;
pub type pawl_format = ::std::os::raw::c_uint;
extern "C" {
    pub fn pawl_detect_format(
        context: *mut pawl_context,
        path: *const ::std::os::raw::c_char,
        format: *mut i32,
    ) -> i32;
}
extern "C" {
    pub fn pawl_detect_format_memory(
        context: *mut pawl_context,
        bytes: *const ::std::os::raw::c_void,
        size: usize,
        name: *const ::std::os::raw::c_char,
        format: *mut i32,
    ) -> i32;
}
extern "C" {
    pub fn pawl_buffer_create(context: *mut pawl_context, buffer: *mut *mut pawl_buffer) -> i32;
}
extern "C" {
    pub fn pawl_buffer_destroy(buffer: *mut pawl_buffer);
}
extern "C" {
    pub fn pawl_buffer_data(buffer: *const pawl_buffer) -> *const ::std::os::raw::c_void;
}
extern "C" {
    pub fn pawl_buffer_size(buffer: *const pawl_buffer) -> usize;
}
extern "C" {
    pub fn pawl_buffer_clear(buffer: *mut pawl_buffer);
}
pub type pawl_write_fn = ::std::option::Option<
    unsafe extern "C" fn(
        user: *mut ::std::os::raw::c_void,
        offset: u64,
        bytes: *const ::std::os::raw::c_void,
        size: usize,
    ) -> i32,
>;
extern "C" {
    pub fn pawl_model_reader_open(
        context: *mut pawl_context,
        path: *const ::std::os::raw::c_char,
        reader: *mut *mut pawl_model_reader,
    ) -> i32;
}
extern "C" {
    pub fn pawl_model_reader_open_memory(
        context: *mut pawl_context,
        bytes: *const ::std::os::raw::c_void,
        size: usize,
        release: pawl_release_fn,
        user: *mut ::std::os::raw::c_void,
        name: *const ::std::os::raw::c_char,
        reader: *mut *mut pawl_model_reader,
    ) -> i32;
}
extern "C" {
    pub fn pawl_model_reader_destroy(reader: *mut pawl_model_reader);
}
extern "C" {
    pub fn pawl_model_reader_count(reader: *const pawl_model_reader) -> usize;
}
extern "C" {
    pub fn pawl_model_reader_name(
        reader: *const pawl_model_reader,
        index: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_model_reader_dtype(reader: *const pawl_model_reader, index: usize) -> i32;
}
extern "C" {
    pub fn pawl_model_reader_dtype_name(
        reader: *const pawl_model_reader,
        index: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_model_reader_rank(reader: *const pawl_model_reader, index: usize) -> usize;
}
extern "C" {
    pub fn pawl_model_reader_shape(reader: *const pawl_model_reader, index: usize) -> *const i64;
}
extern "C" {
    pub fn pawl_model_reader_size_bytes(reader: *const pawl_model_reader, index: usize) -> u64;
}
extern "C" {
    pub fn pawl_model_reader_find(
        context: *mut pawl_context,
        reader: *const pawl_model_reader,
        name: *const ::std::os::raw::c_char,
        index: *mut usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_model_reader_file_index(reader: *const pawl_model_reader, index: usize) -> usize;
}
extern "C" {
    pub fn pawl_model_reader_file_offset(reader: *const pawl_model_reader, index: usize) -> u64;
}
extern "C" {
    pub fn pawl_model_reader_get(
        context: *mut pawl_context,
        reader: *const pawl_model_reader,
        index: usize,
        tensor: *mut *mut pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_model_reader_read(
        context: *mut pawl_context,
        reader: *const pawl_model_reader,
        index: usize,
        tensor: *mut *mut pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_model_reader_read_bytes(
        context: *mut pawl_context,
        reader: *const pawl_model_reader,
        index: usize,
        begin: u64,
        out: *mut ::std::os::raw::c_void,
        size: usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_model_reader_release_pages(reader: *const pawl_model_reader, index: usize);
}
extern "C" {
    pub fn pawl_model_reader_check_unchanged(
        context: *mut pawl_context,
        reader: *const pawl_model_reader,
    ) -> i32;
}
extern "C" {
    pub fn pawl_model_reader_metadata(
        reader: *const pawl_model_reader,
        key: *const ::std::os::raw::c_char,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_model_reader_metadata_count(reader: *const pawl_model_reader) -> usize;
}
extern "C" {
    pub fn pawl_model_reader_metadata_key(
        reader: *const pawl_model_reader,
        index: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_model_reader_file_count(reader: *const pawl_model_reader) -> usize;
}
extern "C" {
    pub fn pawl_model_reader_file(
        reader: *const pawl_model_reader,
        index: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_model_writer_create(
        context: *mut pawl_context,
        path: *const ::std::os::raw::c_char,
        inputs: *const *const ::std::os::raw::c_char,
        num_inputs: usize,
        writer: *mut *mut pawl_model_writer,
    ) -> i32;
}
extern "C" {
    pub fn pawl_model_writer_create_buffer(
        context: *mut pawl_context,
        buffer: *mut pawl_buffer,
        writer: *mut *mut pawl_model_writer,
    ) -> i32;
}
extern "C" {
    pub fn pawl_model_writer_create_callback(
        context: *mut pawl_context,
        write: pawl_write_fn,
        user: *mut ::std::os::raw::c_void,
        name: *const ::std::os::raw::c_char,
        writer: *mut *mut pawl_model_writer,
    ) -> i32;
}
extern "C" {
    pub fn pawl_model_writer_destroy(writer: *mut pawl_model_writer);
}
extern "C" {
    pub fn pawl_model_writer_declare(
        context: *mut pawl_context,
        writer: *mut pawl_model_writer,
        name: *const ::std::os::raw::c_char,
        dtype: i32,
        shape: *const i64,
        rank: usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_model_writer_set_metadata(
        context: *mut pawl_context,
        writer: *mut pawl_model_writer,
        key: *const ::std::os::raw::c_char,
        value: *const ::std::os::raw::c_char,
    ) -> i32;
}
extern "C" {
    pub fn pawl_model_writer_append(
        context: *mut pawl_context,
        writer: *mut pawl_model_writer,
        name: *const ::std::os::raw::c_char,
        bytes: *const ::std::os::raw::c_void,
        size: usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_model_writer_add(
        context: *mut pawl_context,
        writer: *mut pawl_model_writer,
        name: *const ::std::os::raw::c_char,
        tensor: *const pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_model_writer_finish(
        context: *mut pawl_context,
        writer: *mut pawl_model_writer,
    ) -> i32;
}
extern "C" {
    pub fn pawl_file_reader_open(
        context: *mut pawl_context,
        path: *const ::std::os::raw::c_char,
        reader: *mut *mut pawl_file_reader,
    ) -> i32;
}
extern "C" {
    pub fn pawl_file_reader_open_memory(
        context: *mut pawl_context,
        bytes: *const ::std::os::raw::c_void,
        size: usize,
        release: pawl_release_fn,
        user: *mut ::std::os::raw::c_void,
        name: *const ::std::os::raw::c_char,
        reader: *mut *mut pawl_file_reader,
    ) -> i32;
}
extern "C" {
    pub fn pawl_file_reader_destroy(reader: *mut pawl_file_reader);
}
extern "C" {
    pub fn pawl_file_reader_count(reader: *const pawl_file_reader) -> usize;
}
extern "C" {
    pub fn pawl_file_reader_name(
        reader: *const pawl_file_reader,
        index: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_file_reader_is_quantized(reader: *const pawl_file_reader, index: usize) -> i32;
}
extern "C" {
    pub fn pawl_file_reader_scheme(
        context: *mut pawl_context,
        reader: *const pawl_file_reader,
        index: usize,
        scheme: *mut *mut pawl_scheme,
    ) -> i32;
}
extern "C" {
    pub fn pawl_file_reader_dtype(reader: *const pawl_file_reader, index: usize) -> i32;
}
extern "C" {
    pub fn pawl_file_reader_rank(reader: *const pawl_file_reader, index: usize) -> usize;
}
extern "C" {
    pub fn pawl_file_reader_shape(reader: *const pawl_file_reader, index: usize) -> *const i64;
}
extern "C" {
    pub fn pawl_file_reader_size_bytes(reader: *const pawl_file_reader, index: usize) -> u64;
}
extern "C" {
    pub fn pawl_file_reader_find(
        context: *mut pawl_context,
        reader: *const pawl_file_reader,
        name: *const ::std::os::raw::c_char,
        index: *mut usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_file_reader_get(
        context: *mut pawl_context,
        reader: *const pawl_file_reader,
        index: usize,
        quantized: *mut *mut pawl_quantized_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_file_reader_get_plain(
        context: *mut pawl_context,
        reader: *const pawl_file_reader,
        index: usize,
        tensor: *mut *mut pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_file_reader_release_pages(reader: *const pawl_file_reader, index: usize);
}
extern "C" {
    pub fn pawl_file_reader_verify(
        context: *mut pawl_context,
        reader: *const pawl_file_reader,
    ) -> i32;
}
extern "C" {
    pub fn pawl_file_reader_metadata(
        reader: *const pawl_file_reader,
        key: *const ::std::os::raw::c_char,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_file_reader_metadata_count(reader: *const pawl_file_reader) -> usize;
}
extern "C" {
    pub fn pawl_file_reader_metadata_key(
        reader: *const pawl_file_reader,
        index: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_file_reader_recipe(
        reader: *const pawl_file_reader,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_file_reader_source_hash(
        reader: *const pawl_file_reader,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_file_reader_file_size(reader: *const pawl_file_reader) -> u64;
}
extern "C" {
    pub fn pawl_file_reader_major_version(reader: *const pawl_file_reader) -> i32;
}
extern "C" {
    pub fn pawl_file_reader_minor_version(reader: *const pawl_file_reader) -> i32;
}
extern "C" {
    pub fn pawl_file_writer_create(
        context: *mut pawl_context,
        path: *const ::std::os::raw::c_char,
        inputs: *const *const ::std::os::raw::c_char,
        num_inputs: usize,
        writer: *mut *mut pawl_file_writer,
    ) -> i32;
}
extern "C" {
    pub fn pawl_file_writer_create_buffer(
        context: *mut pawl_context,
        buffer: *mut pawl_buffer,
        writer: *mut *mut pawl_file_writer,
    ) -> i32;
}
extern "C" {
    pub fn pawl_file_writer_create_callback(
        context: *mut pawl_context,
        write: pawl_write_fn,
        user: *mut ::std::os::raw::c_void,
        name: *const ::std::os::raw::c_char,
        writer: *mut *mut pawl_file_writer,
    ) -> i32;
}
extern "C" {
    pub fn pawl_file_writer_destroy(writer: *mut pawl_file_writer);
}
extern "C" {
    pub fn pawl_file_writer_add(
        context: *mut pawl_context,
        writer: *mut pawl_file_writer,
        name: *const ::std::os::raw::c_char,
        quantized: *const pawl_quantized_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_file_writer_add_plain(
        context: *mut pawl_context,
        writer: *mut pawl_file_writer,
        name: *const ::std::os::raw::c_char,
        tensor: *const pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_file_writer_begin(
        context: *mut pawl_context,
        writer: *mut pawl_file_writer,
        name: *const ::std::os::raw::c_char,
        scheme: *const pawl_scheme,
        shape: *const i64,
        rank: usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_file_writer_begin_plain(
        context: *mut pawl_context,
        writer: *mut pawl_file_writer,
        name: *const ::std::os::raw::c_char,
        dtype: i32,
        shape: *const i64,
        rank: usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_file_writer_append(
        context: *mut pawl_context,
        writer: *mut pawl_file_writer,
        bytes: *const ::std::os::raw::c_void,
        size: usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_file_writer_end(
        context: *mut pawl_context,
        writer: *mut pawl_file_writer,
        other_parts: *const pawl_quantized_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_file_writer_end_plain(
        context: *mut pawl_context,
        writer: *mut pawl_file_writer,
    ) -> i32;
}
extern "C" {
    pub fn pawl_file_writer_set_metadata(
        context: *mut pawl_context,
        writer: *mut pawl_file_writer,
        key: *const ::std::os::raw::c_char,
        value: *const ::std::os::raw::c_char,
    ) -> i32;
}
extern "C" {
    pub fn pawl_file_writer_set_recipe(
        context: *mut pawl_context,
        writer: *mut pawl_file_writer,
        recipe: *const pawl_recipe,
    ) -> i32;
}
extern "C" {
    pub fn pawl_file_writer_set_source_hash(
        context: *mut pawl_context,
        writer: *mut pawl_file_writer,
        hash: *const ::std::os::raw::c_char,
    ) -> i32;
}
pub const PAWL_PACKED_LINEAR: pawl_packed_kind = 0;
pub const PAWL_PACKED_EMBEDDING: pawl_packed_kind = 1;
pub type pawl_packed_kind = ::std::os::raw::c_uint;
extern "C" {
    pub fn pawl_packed_layout() -> u32;
}
extern "C" {
    pub fn pawl_file_reader_packed_kind(reader: *const pawl_file_reader, index: usize) -> i32;
}
extern "C" {
    pub fn pawl_file_reader_get_linear(
        context: *mut pawl_context,
        reader: *const pawl_file_reader,
        index: usize,
        wanted: *const pawl_options,
        linear: *mut *mut pawl_linear,
    ) -> i32;
}
extern "C" {
    pub fn pawl_file_reader_get_embedding(
        context: *mut pawl_context,
        reader: *const pawl_file_reader,
        index: usize,
        embedding: *mut *mut pawl_embedding,
    ) -> i32;
}
extern "C" {
    pub fn pawl_file_writer_add_linear(
        context: *mut pawl_context,
        writer: *mut pawl_file_writer,
        name: *const ::std::os::raw::c_char,
        linear: *const pawl_linear,
    ) -> i32;
}
extern "C" {
    pub fn pawl_file_writer_add_embedding(
        context: *mut pawl_context,
        writer: *mut pawl_file_writer,
        name: *const ::std::os::raw::c_char,
        embedding: *const pawl_embedding,
    ) -> i32;
}
extern "C" {
    pub fn pawl_file_reader_open_packed(
        context: *mut pawl_context,
        model: *const pawl_file_reader,
        names: *const *const ::std::os::raw::c_char,
        kinds: *const i32,
        options: *const *const pawl_options,
        count: usize,
        path: *const ::std::os::raw::c_char,
        reader: *mut *mut pawl_file_reader,
        packed: *mut i32,
    ) -> i32;
}
extern "C" {
    pub fn pawl_file_writer_finish(
        context: *mut pawl_context,
        writer: *mut pawl_file_writer,
    ) -> i32;
}
extern "C" {
    pub fn pawl_file_writer_file_size(writer: *const pawl_file_writer) -> u64;
}
extern "C" {
    pub fn pawl_block_format_count() -> usize;
}
extern "C" {
    pub fn pawl_block_format_name(index: usize) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_block_format_gguf_type(index: usize) -> i32;
}
extern "C" {
    pub fn pawl_block_format_elements(index: usize) -> usize;
}
extern "C" {
    pub fn pawl_block_format_bytes(index: usize) -> usize;
}
extern "C" {
    pub fn pawl_block_format_scheme(
        context: *mut pawl_context,
        index: usize,
        scheme: *mut *mut pawl_scheme,
    ) -> i32;
}
extern "C" {
    pub fn pawl_blocks_size(
        context: *mut pawl_context,
        format: *const ::std::os::raw::c_char,
        shape: *const i64,
        rank: usize,
        size: *mut usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_blocks_decode(
        context: *mut pawl_context,
        format: *const ::std::os::raw::c_char,
        blocks: *const ::std::os::raw::c_void,
        size: usize,
        shape: *const i64,
        rank: usize,
        quantized: *mut *mut pawl_quantized_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_blocks_encode(
        context: *mut pawl_context,
        format: *const ::std::os::raw::c_char,
        quantized: *const pawl_quantized_tensor,
        blocks: *mut ::std::os::raw::c_void,
        size: usize,
    ) -> i32;
}
pub const PAWL_CHECKPOINT_GPTQ: pawl_checkpoint_format = 0;
pub const PAWL_CHECKPOINT_AWQ: pawl_checkpoint_format = 1;
pub const PAWL_CHECKPOINT_BITSANDBYTES_4BIT: pawl_checkpoint_format = 2;
pub const PAWL_CHECKPOINT_BITSANDBYTES_8BIT: pawl_checkpoint_format = 3;
pub const PAWL_CHECKPOINT_COMPRESSED_TENSORS: pawl_checkpoint_format = 4;
pub const PAWL_CHECKPOINT_HQQ: pawl_checkpoint_format = 5;
pub const PAWL_CHECKPOINT_MATMUL_NBITS: pawl_checkpoint_format = 6;
pub const PAWL_CHECKPOINT_TFLITE: pawl_checkpoint_format = 7;
pub type pawl_checkpoint_format = ::std::os::raw::c_uint;
pub const PAWL_SETTING_BITS: pawl_checkpoint_setting = 1;
pub const PAWL_SETTING_GROUP_SIZE: pawl_checkpoint_setting = 2;
pub const PAWL_SETTING_AXIS: pawl_checkpoint_setting = 3;
pub const PAWL_SETTING_BLOCK_ROWS: pawl_checkpoint_setting = 4;
pub const PAWL_SETTING_BLOCK_COLUMNS: pawl_checkpoint_setting = 5;
pub const PAWL_SETTING_VARIANT: pawl_checkpoint_setting = 6;
pub const PAWL_SETTING_STRATEGY: pawl_checkpoint_setting = 7;
pub type pawl_checkpoint_setting = ::std::os::raw::c_uint;
extern "C" {
    pub fn pawl_checkpoint_create(
        context: *mut pawl_context,
        format: i32,
        checkpoint: *mut *mut pawl_checkpoint,
    ) -> i32;
}
extern "C" {
    pub fn pawl_checkpoint_destroy(checkpoint: *mut pawl_checkpoint);
}
extern "C" {
    pub fn pawl_checkpoint_get_format(checkpoint: *const pawl_checkpoint) -> i32;
}
extern "C" {
    pub fn pawl_checkpoint_set_tensor(
        context: *mut pawl_context,
        checkpoint: *mut pawl_checkpoint,
        name: *const ::std::os::raw::c_char,
        tensor: *const pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_checkpoint_take(
        context: *mut pawl_context,
        checkpoint: *mut pawl_checkpoint,
        reader: *const pawl_model_reader,
        prefix: *const ::std::os::raw::c_char,
    ) -> i32;
}
extern "C" {
    pub fn pawl_checkpoint_set_int(
        context: *mut pawl_context,
        checkpoint: *mut pawl_checkpoint,
        setting: i32,
        value: i64,
    ) -> i32;
}
extern "C" {
    pub fn pawl_checkpoint_set_string(
        context: *mut pawl_context,
        checkpoint: *mut pawl_checkpoint,
        setting: i32,
        value: *const ::std::os::raw::c_char,
    ) -> i32;
}
extern "C" {
    pub fn pawl_checkpoint_set_shape(
        context: *mut pawl_context,
        checkpoint: *mut pawl_checkpoint,
        shape: *const i64,
        rank: usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_checkpoint_decode(
        context: *mut pawl_context,
        checkpoint: *const pawl_checkpoint,
        quantized: *mut *mut pawl_quantized_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_checkpoint_encode(
        context: *mut pawl_context,
        checkpoint: *mut pawl_checkpoint,
        quantized: *const pawl_quantized_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_checkpoint_tensor_count(checkpoint: *const pawl_checkpoint) -> usize;
}
extern "C" {
    pub fn pawl_checkpoint_tensor_name(
        checkpoint: *const pawl_checkpoint,
        index: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_checkpoint_get_tensor(
        context: *mut pawl_context,
        checkpoint: *const pawl_checkpoint,
        name: *const ::std::os::raw::c_char,
        tensor: *mut *mut pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_checkpoint_get_int(
        context: *mut pawl_context,
        checkpoint: *const pawl_checkpoint,
        setting: i32,
        value: *mut i64,
    ) -> i32;
}
extern "C" {
    pub fn pawl_checkpoint_get_string(
        checkpoint: *const pawl_checkpoint,
        setting: i32,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_checkpoint_rank(checkpoint: *const pawl_checkpoint) -> usize;
}
extern "C" {
    pub fn pawl_checkpoint_shape(checkpoint: *const pawl_checkpoint) -> *const i64;
}
extern "C" {
    pub fn pawl_calibrator_create(
        context: *mut pawl_context,
        observer_options: *const pawl_options,
        calibrator: *mut *mut pawl_calibrator,
    ) -> i32;
}
extern "C" {
    pub fn pawl_calibrator_add_rule(
        context: *mut pawl_context,
        calibrator: *mut pawl_calibrator,
        pattern: *const ::std::os::raw::c_char,
        observer_options: *const pawl_options,
    ) -> i32;
}
extern "C" {
    pub fn pawl_calibrator_destroy(calibrator: *mut pawl_calibrator);
}
extern "C" {
    pub fn pawl_calibrator_observe(
        context: *mut pawl_context,
        calibrator: *mut pawl_calibrator,
        name: *const ::std::os::raw::c_char,
        batch: *const pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_calibrator_observe_f32(
        context: *mut pawl_context,
        calibrator: *mut pawl_calibrator,
        name: *const ::std::os::raw::c_char,
        values: *const f32,
        count: usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_calibrator_finish(
        context: *mut pawl_context,
        calibrator: *const pawl_calibrator,
    ) -> i32;
}
extern "C" {
    pub fn pawl_calibrator_merge(
        context: *mut pawl_context,
        calibrator: *mut pawl_calibrator,
        other: *const pawl_calibrator,
    ) -> i32;
}
extern "C" {
    pub fn pawl_calibrator_count(calibrator: *const pawl_calibrator) -> usize;
}
extern "C" {
    pub fn pawl_calibrator_name(
        calibrator: *const pawl_calibrator,
        index: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_calibrator_observer(
        context: *mut pawl_context,
        calibrator: *const pawl_calibrator,
        name: *const ::std::os::raw::c_char,
        observer: *mut *mut pawl_observer,
    ) -> i32;
}
extern "C" {
    pub fn pawl_calibrator_save(
        context: *mut pawl_context,
        calibrator: *const pawl_calibrator,
        path: *const ::std::os::raw::c_char,
        model_hash: *const ::std::os::raw::c_char,
    ) -> i32;
}
extern "C" {
    pub fn pawl_calibrator_load(
        context: *mut pawl_context,
        path: *const ::std::os::raw::c_char,
        model_hash: *const ::std::os::raw::c_char,
        calibrator: *mut *mut pawl_calibrator,
    ) -> i32;
}
extern "C" {
    pub fn pawl_calibrator_to_json(
        context: *mut pawl_context,
        calibrator: *const pawl_calibrator,
        model_hash: *const ::std::os::raw::c_char,
        json: *mut *mut pawl_text,
    ) -> i32;
}
extern "C" {
    pub fn pawl_calibrator_from_json(
        context: *mut pawl_context,
        json: *const ::std::os::raw::c_char,
        size: usize,
        model_hash: *const ::std::os::raw::c_char,
        calibrator: *mut *mut pawl_calibrator,
    ) -> i32;
}
extern "C" {
    pub fn pawl_tensorrt_cache_from_calibrator(
        context: *mut pawl_context,
        calibrator: *const pawl_calibrator,
        options: *const pawl_options,
        cache: *mut *mut pawl_tensorrt_cache,
    ) -> i32;
}
extern "C" {
    pub fn pawl_tensorrt_cache_load(
        context: *mut pawl_context,
        path: *const ::std::os::raw::c_char,
        cache: *mut *mut pawl_tensorrt_cache,
    ) -> i32;
}
extern "C" {
    pub fn pawl_tensorrt_cache_parse(
        context: *mut pawl_context,
        text: *const ::std::os::raw::c_char,
        size: usize,
        cache: *mut *mut pawl_tensorrt_cache,
    ) -> i32;
}
extern "C" {
    pub fn pawl_tensorrt_cache_save(
        context: *mut pawl_context,
        cache: *const pawl_tensorrt_cache,
        path: *const ::std::os::raw::c_char,
    ) -> i32;
}
extern "C" {
    pub fn pawl_tensorrt_cache_format(
        context: *mut pawl_context,
        cache: *const pawl_tensorrt_cache,
        text: *mut *mut pawl_text,
    ) -> i32;
}
extern "C" {
    pub fn pawl_tensorrt_cache_create(
        context: *mut pawl_context,
        version: *const ::std::os::raw::c_char,
        algorithm: *const ::std::os::raw::c_char,
        cache: *mut *mut pawl_tensorrt_cache,
    ) -> i32;
}
extern "C" {
    pub fn pawl_tensorrt_cache_add(
        context: *mut pawl_context,
        cache: *mut pawl_tensorrt_cache,
        name: *const ::std::os::raw::c_char,
        scale: f32,
    ) -> i32;
}
extern "C" {
    pub fn pawl_tensorrt_cache_version(
        cache: *const pawl_tensorrt_cache,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_tensorrt_cache_algorithm(
        cache: *const pawl_tensorrt_cache,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_tensorrt_cache_destroy(cache: *mut pawl_tensorrt_cache);
}
extern "C" {
    pub fn pawl_tensorrt_cache_count(cache: *const pawl_tensorrt_cache) -> usize;
}
extern "C" {
    pub fn pawl_tensorrt_cache_name(
        cache: *const pawl_tensorrt_cache,
        index: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_tensorrt_cache_scale(cache: *const pawl_tensorrt_cache, index: usize) -> f32;
}
extern "C" {
    pub fn pawl_recipe_from_json(
        context: *mut pawl_context,
        json: *const ::std::os::raw::c_char,
        size: usize,
        name: *const ::std::os::raw::c_char,
        recipe: *mut *mut pawl_recipe,
    ) -> i32;
}
extern "C" {
    pub fn pawl_recipe_load(
        context: *mut pawl_context,
        path: *const ::std::os::raw::c_char,
        recipe: *mut *mut pawl_recipe,
    ) -> i32;
}
extern "C" {
    pub fn pawl_recipe_for_scheme(
        context: *mut pawl_context,
        scheme: *const ::std::os::raw::c_char,
        recipe: *mut *mut pawl_recipe,
    ) -> i32;
}
extern "C" {
    pub fn pawl_recipe_destroy(recipe: *mut pawl_recipe);
}
extern "C" {
    pub fn pawl_recipe_exclude(
        context: *mut pawl_context,
        recipe: *mut pawl_recipe,
        pattern: *const ::std::os::raw::c_char,
    ) -> i32;
}
pub const PAWL_OPERATOR_ANY: pawl_operator = 0;
pub const PAWL_OPERATOR_LINEAR: pawl_operator = 1;
pub const PAWL_OPERATOR_EMBEDDING: pawl_operator = 2;
pub const PAWL_OPERATOR_CONV: pawl_operator = 3;
pub const PAWL_OPERATOR_OTHER: pawl_operator = 4;
pub type pawl_operator = ::std::os::raw::c_uint;
extern "C" {
    pub fn pawl_classify_tensor(
        context: *mut pawl_context,
        name: *const ::std::os::raw::c_char,
        shape: *const i64,
        rank: usize,
        operator_type: *mut i32,
    ) -> i32;
}
extern "C" {
    pub fn pawl_operator_name(operator_type: i32) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_recipe_json(recipe: *const pawl_recipe) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_job_create(
        context: *mut pawl_context,
        options: *const pawl_options,
        recipe: *const pawl_recipe,
        job: *mut *mut pawl_job,
    ) -> i32;
}
extern "C" {
    pub fn pawl_job_destroy(job: *mut pawl_job);
}
extern "C" {
    pub fn pawl_job_set_input_memory(
        context: *mut pawl_context,
        job: *mut pawl_job,
        bytes: *const ::std::os::raw::c_void,
        size: usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_job_set_calibration_memory(
        context: *mut pawl_context,
        job: *mut pawl_job,
        bytes: *const ::std::os::raw::c_void,
        size: usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_job_set_output_buffer(
        context: *mut pawl_context,
        job: *mut pawl_job,
        buffer: *mut pawl_buffer,
    ) -> i32;
}
extern "C" {
    pub fn pawl_job_set_output_callback(
        context: *mut pawl_context,
        job: *mut pawl_job,
        write: pawl_write_fn,
        user: *mut ::std::os::raw::c_void,
    ) -> i32;
}
extern "C" {
    pub fn pawl_job_run(
        context: *mut pawl_context,
        job: *const pawl_job,
        report: *mut *mut pawl_report,
    ) -> i32;
}
extern "C" {
    pub fn pawl_report_json(report: *const pawl_report) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_report_text(report: *const pawl_report) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_report_destroy(report: *mut pawl_report);
}
pub const PAWL_REPORT_QUANTIZED: pawl_report_figure = 1;
pub const PAWL_REPORT_BYTES_BEFORE: pawl_report_figure = 2;
pub const PAWL_REPORT_BYTES_AFTER: pawl_report_figure = 3;
pub const PAWL_REPORT_BITS_PER_WEIGHT: pawl_report_figure = 4;
pub const PAWL_REPORT_FILE_BYTES: pawl_report_figure = 5;
pub const PAWL_REPORT_PEAK_MEMORY_BYTES: pawl_report_figure = 6;
pub const PAWL_REPORT_SECONDS: pawl_report_figure = 7;
pub const PAWL_REPORT_SQNR_DB: pawl_report_figure = 8;
pub const PAWL_REPORT_COSINE: pawl_report_figure = 9;
pub const PAWL_REPORT_MAX_ERROR: pawl_report_figure = 10;
pub const PAWL_REPORT_MSE: pawl_report_figure = 11;
pub const PAWL_REPORT_RULE: pawl_report_figure = 12;
pub const PAWL_REPORT_OPERATOR: pawl_report_figure = 13;
pub const PAWL_REPORT_DTYPE: pawl_report_figure = 14;
pub const PAWL_REPORT_NAN: pawl_report_figure = 15;
pub const PAWL_REPORT_INF: pawl_report_figure = 16;
pub const PAWL_REPORT_ZERO_GROUPS: pawl_report_figure = 17;
pub const PAWL_REPORT_SATURATED_SCALES: pawl_report_figure = 18;
pub const PAWL_REPORT_UNDERFLOWED_SCALES: pawl_report_figure = 19;
pub type pawl_report_figure = ::std::os::raw::c_uint;
extern "C" {
    pub fn pawl_report_total(report: *const pawl_report, figure: i32) -> f64;
}
extern "C" {
    pub fn pawl_report_count(report: *const pawl_report) -> usize;
}
extern "C" {
    pub fn pawl_report_tensor(report: *const pawl_report, index: usize, figure: i32) -> f64;
}
extern "C" {
    pub fn pawl_report_tensor_name(
        report: *const pawl_report,
        index: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_report_tensor_rank(report: *const pawl_report, index: usize) -> usize;
}
extern "C" {
    pub fn pawl_report_tensor_shape(report: *const pawl_report, index: usize) -> *const i64;
}
extern "C" {
    pub fn pawl_report_tensor_scheme(
        report: *const pawl_report,
        index: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_report_tensor_method(
        report: *const pawl_report,
        index: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_report_tensor_reason(
        report: *const pawl_report,
        index: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_report_note_count(report: *const pawl_report) -> usize;
}
extern "C" {
    pub fn pawl_report_note(
        report: *const pawl_report,
        index: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_report_input_hash(report: *const pawl_report) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_compare_tensors(
        context: *mut pawl_context,
        original: *const pawl_tensor,
        decoded: *const pawl_tensor,
        figures: *mut f64,
        count: usize,
    ) -> i32;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_graph {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_executor {
    _unused: [u8; 0],
}
extern "C" {
    pub fn pawl_graph_open(
        context: *mut pawl_context,
        path: *const ::std::os::raw::c_char,
        graph: *mut *mut pawl_graph,
    ) -> i32;
}
extern "C" {
    pub fn pawl_graph_open_memory(
        context: *mut pawl_context,
        bytes: *const ::std::os::raw::c_void,
        size: usize,
        release: pawl_release_fn,
        user: *mut ::std::os::raw::c_void,
        name: *const ::std::os::raw::c_char,
        folder: *const ::std::os::raw::c_char,
        graph: *mut *mut pawl_graph,
    ) -> i32;
}
extern "C" {
    pub fn pawl_graph_destroy(graph: *mut pawl_graph);
}
pub const PAWL_VALUE_COMPUTED: pawl_value_kind = 0;
pub const PAWL_VALUE_INPUT: pawl_value_kind = 1;
pub const PAWL_VALUE_CONSTANT: pawl_value_kind = 2;
pub const PAWL_VALUE_QUANTIZED: pawl_value_kind = 3;
pub type pawl_value_kind = ::std::os::raw::c_uint;
extern "C" {
    pub fn pawl_graph_value_count(graph: *const pawl_graph) -> usize;
}
extern "C" {
    pub fn pawl_graph_value_name(
        graph: *const pawl_graph,
        index: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_graph_value_kind(graph: *const pawl_graph, index: usize) -> i32;
}
extern "C" {
    pub fn pawl_graph_value_dtype(graph: *const pawl_graph, index: usize) -> i32;
}
extern "C" {
    pub fn pawl_graph_value_file_type(graph: *const pawl_graph, index: usize) -> i32;
}
extern "C" {
    pub fn pawl_graph_value_rank(graph: *const pawl_graph, index: usize) -> i32;
}
extern "C" {
    pub fn pawl_graph_value_shape(graph: *const pawl_graph, index: usize) -> *const i64;
}
extern "C" {
    pub fn pawl_graph_symbol(
        graph: *const pawl_graph,
        dimension: i64,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_graph_value_tensor(
        context: *mut pawl_context,
        graph: *const pawl_graph,
        index: usize,
        tensor: *mut *mut pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_graph_value_quantized(
        context: *mut pawl_context,
        graph: *const pawl_graph,
        index: usize,
        quantized: *mut *mut pawl_quantized_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_graph_find(
        context: *mut pawl_context,
        graph: *const pawl_graph,
        name: *const ::std::os::raw::c_char,
        index: *mut usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_graph_input_count(graph: *const pawl_graph) -> usize;
}
extern "C" {
    pub fn pawl_graph_input(graph: *const pawl_graph, index: usize) -> i64;
}
extern "C" {
    pub fn pawl_graph_output_count(graph: *const pawl_graph) -> usize;
}
extern "C" {
    pub fn pawl_graph_output(graph: *const pawl_graph, index: usize) -> i64;
}
extern "C" {
    pub fn pawl_graph_node_count(graph: *const pawl_graph) -> usize;
}
extern "C" {
    pub fn pawl_graph_node_name(
        graph: *const pawl_graph,
        node: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_graph_node_operator(
        graph: *const pawl_graph,
        node: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_graph_node_domain(
        graph: *const pawl_graph,
        node: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_graph_node_opset(graph: *const pawl_graph, node: usize) -> i32;
}
extern "C" {
    pub fn pawl_graph_node_runs(graph: *const pawl_graph, node: usize) -> i32;
}
extern "C" {
    pub fn pawl_graph_node_input_count(graph: *const pawl_graph, node: usize) -> usize;
}
extern "C" {
    pub fn pawl_graph_node_input(graph: *const pawl_graph, node: usize, index: usize) -> i64;
}
extern "C" {
    pub fn pawl_graph_node_output_count(graph: *const pawl_graph, node: usize) -> usize;
}
extern "C" {
    pub fn pawl_graph_node_output(graph: *const pawl_graph, node: usize, index: usize) -> i64;
}
extern "C" {
    pub fn pawl_graph_opset(graph: *const pawl_graph, domain: *const ::std::os::raw::c_char)
        -> i32;
}
extern "C" {
    pub fn pawl_graph_metadata(
        graph: *const pawl_graph,
        key: *const ::std::os::raw::c_char,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_graph_metadata_count(graph: *const pawl_graph) -> usize;
}
extern "C" {
    pub fn pawl_graph_metadata_key(
        graph: *const pawl_graph,
        index: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_graph_save(
        context: *mut pawl_context,
        graph: *const pawl_graph,
        path: *const ::std::os::raw::c_char,
        inputs: *const *const ::std::os::raw::c_char,
        num_inputs: usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_graph_save_buffer(
        context: *mut pawl_context,
        graph: *const pawl_graph,
        buffer: *mut pawl_buffer,
    ) -> i32;
}
extern "C" {
    pub fn pawl_graph_save_callback(
        context: *mut pawl_context,
        graph: *const pawl_graph,
        write: pawl_write_fn,
        user: *mut ::std::os::raw::c_void,
        name: *const ::std::os::raw::c_char,
    ) -> i32;
}
extern "C" {
    pub fn pawl_graph_operator_count() -> usize;
}
extern "C" {
    pub fn pawl_graph_operator_name(index: usize) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_graph_operator_domain(index: usize) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_graph_operator_first_opset(index: usize) -> i32;
}
extern "C" {
    pub fn pawl_graph_operator_last_opset(index: usize) -> i32;
}
extern "C" {
    pub fn pawl_graph_operator_quantization(index: usize) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_executor_create(
        context: *mut pawl_context,
        graph: *const pawl_graph,
        options: *const pawl_options,
        observe: *const *const ::std::os::raw::c_char,
        num_observe: usize,
        executor: *mut *mut pawl_executor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_executor_destroy(executor: *mut pawl_executor);
}
extern "C" {
    pub fn pawl_executor_share(
        context: *mut pawl_context,
        executor: *const pawl_executor,
        shared: *mut *mut pawl_executor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_executor_run(
        context: *mut pawl_context,
        executor: *mut pawl_executor,
        inputs: *const *const pawl_tensor,
        num_inputs: usize,
    ) -> i32;
}
extern "C" {
    pub fn pawl_executor_calibrate(
        context: *mut pawl_context,
        executor: *mut pawl_executor,
        inputs: *const *const pawl_tensor,
        num_inputs: usize,
        calibrator: *mut pawl_calibrator,
    ) -> i32;
}
extern "C" {
    pub fn pawl_executor_output_count(executor: *const pawl_executor) -> usize;
}
extern "C" {
    pub fn pawl_executor_output(
        context: *mut pawl_context,
        executor: *const pawl_executor,
        index: usize,
        tensor: *mut *mut pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_executor_output_view(
        context: *mut pawl_context,
        executor: *const pawl_executor,
        index: usize,
        tensor: *mut *mut pawl_tensor,
    ) -> i32;
}
pub type pawl_observe_fn = ::std::option::Option<
    unsafe extern "C" fn(
        user: *mut ::std::os::raw::c_void,
        name: *const ::std::os::raw::c_char,
        tensor: *const pawl_tensor,
    ) -> i32,
>;
extern "C" {
    pub fn pawl_executor_set_observer(
        context: *mut pawl_context,
        executor: *mut pawl_executor,
        observe: pawl_observe_fn,
        user: *mut ::std::os::raw::c_void,
    ) -> i32;
}
extern "C" {
    pub fn pawl_executor_observed(
        context: *mut pawl_context,
        executor: *const pawl_executor,
        name: *const ::std::os::raw::c_char,
        tensor: *mut *mut pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_executor_time_nodes(
        context: *mut pawl_context,
        executor: *mut pawl_executor,
        on: i32,
    ) -> i32;
}
extern "C" {
    pub fn pawl_executor_time_count(executor: *const pawl_executor) -> usize;
}
extern "C" {
    pub fn pawl_executor_time_node(
        executor: *const pawl_executor,
        index: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_executor_time_operator(
        executor: *const pawl_executor,
        index: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_executor_time_runs(executor: *const pawl_executor, index: usize) -> u64;
}
extern "C" {
    pub fn pawl_executor_time_seconds(executor: *const pawl_executor, index: usize) -> f64;
}
extern "C" {
    pub fn pawl_executor_arena_bytes(executor: *const pawl_executor) -> usize;
}
extern "C" {
    pub fn pawl_executor_packed_bytes(executor: *const pawl_executor) -> usize;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_graph_job {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_graph_report {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_graph_analysis {
    _unused: [u8; 0],
}
pub const PAWL_GRAPH_STATIC: pawl_graph_mode = 0;
pub const PAWL_GRAPH_DYNAMIC: pawl_graph_mode = 1;
pub const PAWL_GRAPH_WEIGHT_ONLY: pawl_graph_mode = 2;
pub const PAWL_GRAPH_FLOAT16: pawl_graph_mode = 3;
pub type pawl_graph_mode = ::std::os::raw::c_uint;
pub const PAWL_GRAPH_FOR_ONNXRUNTIME: pawl_graph_target = 0;
pub const PAWL_GRAPH_FOR_TENSORRT: pawl_graph_target = 1;
pub type pawl_graph_target = ::std::os::raw::c_uint;
pub const PAWL_GRAPH_QDQ: pawl_graph_format = 0;
pub const PAWL_GRAPH_QOPERATOR: pawl_graph_format = 1;
pub type pawl_graph_format = ::std::os::raw::c_uint;
pub const PAWL_PASS_OFF: pawl_pass_choice = 0;
pub const PAWL_PASS_ON: pawl_pass_choice = 1;
pub const PAWL_PASS_AUTO: pawl_pass_choice = 2;
pub type pawl_pass_choice = ::std::os::raw::c_uint;
extern "C" {
    pub fn pawl_graph_job_create(
        context: *mut pawl_context,
        options: *const pawl_options,
        recipe: *const pawl_recipe,
        job: *mut *mut pawl_graph_job,
    ) -> i32;
}
extern "C" {
    pub fn pawl_graph_job_destroy(job: *mut pawl_graph_job);
}
extern "C" {
    pub fn pawl_graph_job_set_graph(
        context: *mut pawl_context,
        job: *mut pawl_graph_job,
        graph: *const pawl_graph,
    ) -> i32;
}
extern "C" {
    pub fn pawl_graph_job_add_sample(
        context: *mut pawl_context,
        job: *mut pawl_graph_job,
        inputs: *const *const pawl_tensor,
        num_inputs: usize,
    ) -> i32;
}
pub type pawl_sample_fn = ::std::option::Option<
    unsafe extern "C" fn(
        user: *mut ::std::os::raw::c_void,
        index: usize,
        inputs: *mut *mut pawl_tensor,
        num_inputs: usize,
    ) -> i32,
>;
extern "C" {
    pub fn pawl_graph_job_set_samples(
        context: *mut pawl_context,
        job: *mut pawl_graph_job,
        count: usize,
        num_inputs: usize,
        get: pawl_sample_fn,
        user: *mut ::std::os::raw::c_void,
    ) -> i32;
}
extern "C" {
    pub fn pawl_graph_job_run(
        context: *mut pawl_context,
        job: *const pawl_graph_job,
        report: *mut *mut pawl_graph_report,
    ) -> i32;
}
extern "C" {
    pub fn pawl_graph_job_analyze(
        context: *mut pawl_context,
        job: *const pawl_graph_job,
        analysis: *mut *mut pawl_graph_analysis,
    ) -> i32;
}
extern "C" {
    pub fn pawl_graph_analysis_json(
        analysis: *const pawl_graph_analysis,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_graph_analysis_text(
        analysis: *const pawl_graph_analysis,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_graph_analysis_recipe(
        context: *mut pawl_context,
        analysis: *const pawl_graph_analysis,
        recipe: *mut *mut pawl_recipe,
    ) -> i32;
}
extern "C" {
    pub fn pawl_graph_analysis_destroy(analysis: *mut pawl_graph_analysis);
}
extern "C" {
    pub fn pawl_graph_report_json(
        report: *const pawl_graph_report,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_graph_report_text(
        report: *const pawl_graph_report,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_graph_report_graph(
        context: *mut pawl_context,
        report: *const pawl_graph_report,
        graph: *mut *mut pawl_graph,
    ) -> i32;
}
extern "C" {
    pub fn pawl_graph_report_destroy(report: *mut pawl_graph_report);
}
pub const PAWL_GRAPH_FIGURE_QUANTIZED: pawl_graph_figure = 1;
pub const PAWL_GRAPH_FIGURE_BYTES_BEFORE: pawl_graph_figure = 2;
pub const PAWL_GRAPH_FIGURE_BYTES_AFTER: pawl_graph_figure = 3;
pub const PAWL_GRAPH_FIGURE_FILE_BYTES: pawl_graph_figure = 4;
pub const PAWL_GRAPH_FIGURE_SECONDS: pawl_graph_figure = 5;
pub const PAWL_GRAPH_FIGURE_SAMPLES: pawl_graph_figure = 6;
pub const PAWL_GRAPH_FIGURE_SAMPLES_COMPARED: pawl_graph_figure = 7;
pub const PAWL_GRAPH_FIGURE_SQNR_DB: pawl_graph_figure = 8;
pub const PAWL_GRAPH_FIGURE_MAX_ERROR: pawl_graph_figure = 9;
pub const PAWL_GRAPH_FIGURE_SAME_DECISION: pawl_graph_figure = 10;
pub const PAWL_GRAPH_FIGURE_RULE: pawl_graph_figure = 11;
pub const PAWL_GRAPH_FIGURE_INPUT_MIN: pawl_graph_figure = 12;
pub const PAWL_GRAPH_FIGURE_INPUT_MAX: pawl_graph_figure = 13;
pub const PAWL_GRAPH_FIGURE_INPUT_SCALE: pawl_graph_figure = 14;
pub const PAWL_GRAPH_FIGURE_INPUT_ZERO_POINT: pawl_graph_figure = 15;
pub const PAWL_GRAPH_FIGURE_RAISED_CHANNELS: pawl_graph_figure = 16;
pub const PAWL_GRAPH_FIGURE_COULD_SATURATE: pawl_graph_figure = 17;
pub type pawl_graph_figure = ::std::os::raw::c_uint;
extern "C" {
    pub fn pawl_graph_report_total(report: *const pawl_graph_report, figure: i32) -> f64;
}
extern "C" {
    pub fn pawl_graph_report_layer_count(report: *const pawl_graph_report) -> usize;
}
extern "C" {
    pub fn pawl_graph_report_layer(
        report: *const pawl_graph_report,
        index: usize,
        figure: i32,
    ) -> f64;
}
extern "C" {
    pub fn pawl_graph_report_layer_name(
        report: *const pawl_graph_report,
        index: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_graph_report_layer_operator(
        report: *const pawl_graph_report,
        index: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_graph_report_layer_weights(
        report: *const pawl_graph_report,
        index: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_graph_report_layer_scheme(
        report: *const pawl_graph_report,
        index: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_graph_report_layer_activations(
        report: *const pawl_graph_report,
        index: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_graph_report_layer_reason(
        report: *const pawl_graph_report,
        index: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_graph_report_output_count(report: *const pawl_graph_report) -> usize;
}
extern "C" {
    pub fn pawl_graph_report_output(
        report: *const pawl_graph_report,
        index: usize,
        figure: i32,
    ) -> f64;
}
extern "C" {
    pub fn pawl_graph_report_output_name(
        report: *const pawl_graph_report,
        index: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_graph_report_pass_count(report: *const pawl_graph_report) -> usize;
}
extern "C" {
    pub fn pawl_graph_report_pass(
        report: *const pawl_graph_report,
        index: usize,
    ) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_graph_report_note_count(report: *const pawl_graph_report) -> usize;
}
extern "C" {
    pub fn pawl_graph_report_note(
        report: *const pawl_graph_report,
        index: usize,
    ) -> *const ::std::os::raw::c_char;
}
pub const PAWL_METHOD_FIGURE_LOSS: pawl_method_figure = 0;
pub const PAWL_METHOD_FIGURE_DAMPING: pawl_method_figure = 1;
pub const PAWL_METHOD_FIGURE_ATTEMPTS: pawl_method_figure = 2;
pub const PAWL_METHOD_FIGURE_DEAD_COLUMNS: pawl_method_figure = 3;
pub const PAWL_METHOD_FIGURE_ZEROS: pawl_method_figure = 4;
pub const PAWL_METHOD_FIGURE_ERROR_BEFORE: pawl_method_figure = 5;
pub const PAWL_METHOD_FIGURE_ERROR_AFTER: pawl_method_figure = 6;
pub const PAWL_METHOD_FIGURE_RATIO: pawl_method_figure = 7;
pub const PAWL_METHOD_FIGURE_NAN: pawl_method_figure = 8;
pub const PAWL_METHOD_FIGURE_INF: pawl_method_figure = 9;
pub const PAWL_METHOD_FIGURE_ZERO_GROUPS: pawl_method_figure = 10;
pub const PAWL_METHOD_FIGURE_SATURATED_SCALES: pawl_method_figure = 11;
pub const PAWL_METHOD_FIGURE_UNDERFLOWED_SCALES: pawl_method_figure = 12;
pub const PAWL_METHOD_FIGURE_COUNT: pawl_method_figure = 13;
pub type pawl_method_figure = ::std::os::raw::c_uint;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_moments {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_factor {
    _unused: [u8; 0],
}
extern "C" {
    pub fn pawl_moments_create(
        context: *mut pawl_context,
        columns: usize,
        moments: *mut *mut pawl_moments,
    ) -> i32;
}
extern "C" {
    pub fn pawl_moments_destroy(moments: *mut pawl_moments);
}
extern "C" {
    pub fn pawl_moments_add(
        context: *mut pawl_context,
        moments: *mut pawl_moments,
        inputs: *const pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_moments_add_pair(
        context: *mut pawl_context,
        moments: *mut pawl_moments,
        quantized_inputs: *const pawl_tensor,
        float_inputs: *const pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_moments_add_missing(
        context: *mut pawl_context,
        moments: *mut pawl_moments,
        quantized_inputs: *const pawl_tensor,
        missing: *const pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_moments_merge(
        context: *mut pawl_context,
        moments: *mut pawl_moments,
        other: *const pawl_moments,
    ) -> i32;
}
extern "C" {
    pub fn pawl_moments_columns(moments: *const pawl_moments) -> usize;
}
extern "C" {
    pub fn pawl_moments_samples(moments: *const pawl_moments) -> usize;
}
extern "C" {
    pub fn pawl_moments_importance(
        context: *mut pawl_context,
        moments: *const pawl_moments,
        importance: *mut *mut pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_moments_output_error(
        context: *mut pawl_context,
        moments: *const pawl_moments,
        weights: *const pawl_tensor,
        approximation: *const pawl_tensor,
        error: *mut f64,
    ) -> i32;
}
extern "C" {
    pub fn pawl_factor_create(
        context: *mut pawl_context,
        moments: *const pawl_moments,
        options: *const pawl_options,
        factor: *mut *mut pawl_factor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_factor_destroy(factor: *mut pawl_factor);
}
extern "C" {
    pub fn pawl_gptq(
        context: *mut pawl_context,
        weights: *const pawl_tensor,
        scheme: *const pawl_scheme,
        factor: *const pawl_factor,
        options: *const pawl_options,
        figures: *mut f64,
        count: usize,
        quantized: *mut *mut pawl_quantized_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_correct_for_inputs(
        context: *mut pawl_context,
        weights: *const pawl_tensor,
        moments: *const pawl_moments,
        factor: *const pawl_factor,
        strength: f64,
        corrected: *mut *mut pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_prune_magnitude(
        context: *mut pawl_context,
        weights: *const pawl_tensor,
        options: *const pawl_options,
        figures: *mut f64,
        count: usize,
        pruned: *mut *mut pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_sparse_gpt(
        context: *mut pawl_context,
        weights: *const pawl_tensor,
        factor: *const pawl_factor,
        options: *const pawl_options,
        figures: *mut f64,
        count: usize,
        pruned: *mut *mut pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_awq(
        context: *mut pawl_context,
        weights: *const pawl_tensor,
        inputs: *const pawl_tensor,
        scheme: *const pawl_scheme,
        options: *const pawl_options,
        figures: *mut f64,
        count: usize,
        quantized: *mut *mut pawl_quantized_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_awq_scales(
        context: *mut pawl_context,
        layers: *const *const pawl_tensor,
        layer_count: usize,
        inputs: *const pawl_tensor,
        scheme: *const pawl_scheme,
        options: *const pawl_options,
        figures: *mut f64,
        count: usize,
        scales: *mut *mut pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_awq_clip(
        context: *mut pawl_context,
        weights: *const pawl_tensor,
        inputs: *const pawl_tensor,
        scheme: *const pawl_scheme,
        options: *const pawl_options,
        clipped: *mut *mut pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_smooth_quant_scales(
        context: *mut pawl_context,
        layers: *const *const pawl_tensor,
        layer_count: usize,
        maxima: *const f32,
        columns: usize,
        alpha: f64,
        scales: *mut *mut pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_scale_columns(
        context: *mut pawl_context,
        weights: *const pawl_tensor,
        scales: *const f32,
        columns: usize,
        scaled: *mut *mut pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_hqq(
        context: *mut pawl_context,
        weights: *const pawl_tensor,
        scheme: *const pawl_scheme,
        options: *const pawl_options,
        figures: *mut f64,
        count: usize,
        quantized: *mut *mut pawl_quantized_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_search_blocks(
        context: *mut pawl_context,
        weights: *const pawl_tensor,
        scheme: *const pawl_scheme,
        options: *const pawl_options,
        figures: *mut f64,
        count: usize,
        quantized: *mut *mut pawl_quantized_tensor,
    ) -> i32;
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_language_model {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct pawl_eval {
    _unused: [u8; 0],
}
extern "C" {
    pub fn pawl_language_model_open(
        context: *mut pawl_context,
        path: *const ::std::os::raw::c_char,
        options: *const pawl_options,
        model: *mut *mut pawl_language_model,
    ) -> i32;
}
extern "C" {
    pub fn pawl_language_model_destroy(model: *mut pawl_language_model);
}
extern "C" {
    pub fn pawl_language_model_architecture(
        model: *const pawl_language_model,
    ) -> *const ::std::os::raw::c_char;
}
pub const PAWL_LANGUAGE_MODEL_VOCABULARY: pawl_language_model_figure = 0;
pub const PAWL_LANGUAGE_MODEL_LAYERS: pawl_language_model_figure = 1;
pub const PAWL_LANGUAGE_MODEL_CONTEXT: pawl_language_model_figure = 2;
pub const PAWL_LANGUAGE_MODEL_POSITIONS: pawl_language_model_figure = 3;
pub const PAWL_LANGUAGE_MODEL_ELEMENTS: pawl_language_model_figure = 4;
pub const PAWL_LANGUAGE_MODEL_BYTES: pawl_language_model_figure = 5;
pub const PAWL_LANGUAGE_MODEL_BYTE_LEVEL: pawl_language_model_figure = 6;
pub const PAWL_LANGUAGE_MODEL_ENCODER: pawl_language_model_figure = 7;
pub const PAWL_LANGUAGE_MODEL_WIDTH: pawl_language_model_figure = 8;
pub const PAWL_LANGUAGE_MODEL_BEGIN_ID: pawl_language_model_figure = 9;
pub type pawl_language_model_figure = ::std::os::raw::c_uint;
extern "C" {
    pub fn pawl_language_model_get(model: *const pawl_language_model, figure: i32) -> i64;
}
extern "C" {
    pub fn pawl_language_model_logits(
        context: *mut pawl_context,
        model: *mut pawl_language_model,
        ids: *const i32,
        count: usize,
        logits: *mut *mut pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_language_model_continue(
        context: *mut pawl_context,
        model: *mut pawl_language_model,
        ids: *const i32,
        count: usize,
        logits: *mut *mut pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_language_model_restart(model: *mut pawl_language_model);
}
extern "C" {
    pub fn pawl_language_model_hidden(
        context: *mut pawl_context,
        model: *mut pawl_language_model,
        ids: *const i32,
        count: usize,
        lengths: *const i64,
        sequences: usize,
        states: *mut *mut pawl_tensor,
    ) -> i32;
}
extern "C" {
    pub fn pawl_eval_run(
        context: *mut pawl_context,
        model: *mut pawl_language_model,
        reference: *mut pawl_language_model,
        ids: *const i32,
        count: usize,
        options: *const pawl_options,
        eval: *mut *mut pawl_eval,
    ) -> i32;
}
extern "C" {
    pub fn pawl_eval_destroy(eval: *mut pawl_eval);
}
pub const PAWL_EVAL_COUNTED: pawl_eval_figure = 0;
pub const PAWL_EVAL_NATS: pawl_eval_figure = 1;
pub const PAWL_EVAL_PERPLEXITY: pawl_eval_figure = 2;
pub const PAWL_EVAL_BITS_PER_BYTE: pawl_eval_figure = 3;
pub const PAWL_EVAL_BITS_PER_WEIGHT: pawl_eval_figure = 4;
pub const PAWL_EVAL_IDS_PER_SECOND: pawl_eval_figure = 5;
pub const PAWL_EVAL_REFERENCE_PERPLEXITY: pawl_eval_figure = 6;
pub const PAWL_EVAL_MEAN_KL: pawl_eval_figure = 7;
pub const PAWL_EVAL_KL_999: pawl_eval_figure = 8;
pub const PAWL_EVAL_MAX_KL: pawl_eval_figure = 9;
pub const PAWL_EVAL_SAME_TOP: pawl_eval_figure = 10;
pub const PAWL_EVAL_HIDDEN_SQNR_DB: pawl_eval_figure = 11;
pub const PAWL_EVAL_HIDDEN_COSINE: pawl_eval_figure = 12;
pub const PAWL_EVAL_EMBEDDING_SQNR_DB: pawl_eval_figure = 13;
pub const PAWL_EVAL_EMBEDDING_COSINE: pawl_eval_figure = 14;
pub const PAWL_EVAL_EMBEDDING_COSINE_MIN: pawl_eval_figure = 15;
pub type pawl_eval_figure = ::std::os::raw::c_uint;
extern "C" {
    pub fn pawl_eval_get(eval: *const pawl_eval, figure: i32) -> f64;
}
extern "C" {
    pub fn pawl_eval_json(eval: *const pawl_eval) -> *const ::std::os::raw::c_char;
}
extern "C" {
    pub fn pawl_eval_text(eval: *const pawl_eval) -> *const ::std::os::raw::c_char;
}
pub const PAWL_EXPORT_GPTQ: pawl_export_format = 0;
pub const PAWL_EXPORT_GPTQ_V2: pawl_export_format = 1;
pub const PAWL_EXPORT_AWQ: pawl_export_format = 2;
pub const PAWL_EXPORT_COMPRESSED_TENSORS: pawl_export_format = 3;
pub const PAWL_EXPORT_BITSANDBYTES: pawl_export_format = 4;
pub type pawl_export_format = ::std::os::raw::c_uint;
extern "C" {
    pub fn pawl_language_model_export(
        context: *mut pawl_context,
        model_file: *const ::std::os::raw::c_char,
        config_file: *const ::std::os::raw::c_char,
        output: *const ::std::os::raw::c_char,
        format: i32,
    ) -> i32;
}
pub const PAWL_ROTATED_ALL: pawl_rotated = 0;
pub const PAWL_ROTATED_STREAM: pawl_rotated = 1;
pub const PAWL_ROTATED_HEADS: pawl_rotated = 2;
pub type pawl_rotated = ::std::os::raw::c_uint;
extern "C" {
    pub fn pawl_language_model_rotate(
        context: *mut pawl_context,
        folder: *const ::std::os::raw::c_char,
        output: *const ::std::os::raw::c_char,
        parts: i32,
        seed: u64,
    ) -> i32;
}
