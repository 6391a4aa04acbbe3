// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

use std::os::raw::c_void;
use std::path::Path;

use pawl_sys as sys;

use crate::error::{c_path, c_string, owned_text, text, Result};
use crate::tensor::release;
use crate::{Context, DType, Tensor, ValueKind};

handle! {
    /// A whole model, read from ONNX: what is in it. [`Executor`](crate::Executor) runs it.
    Graph, pawl_graph, pawl_graph_destroy
}

/// A dimension of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dim<'a> {
    /// A size.
    Known(usize),
    /// One that is the same size wherever the name stands.
    Symbol(&'a str),
    /// One that nothing is known of.
    Unknown,
}

/// A named tensor of a [`Graph`].
#[derive(Clone, Copy)]
pub struct Value<'a> {
    graph: &'a Graph,
    index: usize,
}

/// An operation of a [`Graph`].
#[derive(Clone, Copy)]
pub struct Node<'a> {
    graph: &'a Graph,
    index: usize,
}

/// An operator that Pawl runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operator {
    /// "Conv" ...
    pub name: &'static str,
    /// "" is ONNX's own.
    pub domain: &'static str,
    /// The first version of the domain's operators that is known.
    pub first_opset: i32,
    /// And the last; `None`: there is no last one.
    pub last_opset: Option<i32>,
    /// What quantization does to it: "linear", "conv", "passes", "float" ...
    pub quantization: &'static str,
}

/// The operators that Pawl runs.
pub fn operators() -> Vec<Operator> {
    // SAFETY: the texts are static.
    unsafe {
        (0..sys::pawl_graph_operator_count())
            .map(|index| {
                let last = sys::pawl_graph_operator_last_opset(index);
                Operator {
                    name: text(sys::pawl_graph_operator_name(index)),
                    domain: text(sys::pawl_graph_operator_domain(index)),
                    first_opset: sys::pawl_graph_operator_first_opset(index),
                    last_opset: (last != 0).then_some(last),
                    quantization: text(sys::pawl_graph_operator_quantization(index)),
                }
            })
            .collect()
    }
}

impl Graph {
    pub(crate) fn from_raw(raw: std::ptr::NonNull<sys::pawl_graph>) -> Self {
        Graph { raw }
    }

    /// An ONNX file, which is mapped, with its external data beside it.
    pub fn open(context: &Context, path: impl AsRef<Path>) -> Result<Self> {
        let path = c_path(path.as_ref())?;
        // SAFETY: the text is valid.
        context.make(|c, out| unsafe { sys::pawl_graph_open(c, path.as_ptr(), out) }).map(Self::from_raw)
    }

    /// A model's bytes, which are kept until nothing looks at them any more. `name` is for error texts. External data is
    /// refused.
    pub fn from_bytes<O>(context: &Context, bytes: O, name: &str) -> Result<Self>
    where
        O: AsRef<[u8]> + Send + Sync + 'static,
    {
        let name = c_string(name)?;
        let owner = Box::into_raw(Box::new(bytes));
        // SAFETY: the owner stays where it is until it is released.
        let result = context.make(|c, out| unsafe {
            let data = (*owner).as_ref();
            let (bytes, user) = (data.as_ptr() as *const c_void, owner as *mut c_void);
            let release = Some(release::<O> as unsafe extern "C" fn(*mut c_void));
            let (size, folder) = (data.len(), std::ptr::null());
            sys::pawl_graph_open_memory(c, bytes, size, release, user, name.as_ptr(), folder, out)
        });
        if result.is_err() {
            // SAFETY: a call that failed does not release.
            drop(unsafe { Box::from_raw(owner) });
        }
        result.map(Self::from_raw)
    }

    /// All values, in the order of the file.
    pub fn values(&self) -> impl Iterator<Item = Value<'_>> {
        // SAFETY: the handle is valid, here and below.
        let count = unsafe { sys::pawl_graph_value_count(self.ptr()) };
        (0..count).map(move |index| Value { graph: self, index })
    }

    /// Errors: [`Status::NotFound`](crate::Status::NotFound) with the nearest names.
    pub fn value(&self, context: &Context, name: &str) -> Result<Value<'_>> {
        let (name, mut index) = (c_string(name)?, 0);
        context.call(|c| unsafe { sys::pawl_graph_find(c, self.ptr(), name.as_ptr(), &mut index) })?;
        Ok(Value { graph: self, index })
    }

    fn at(&self, index: i64) -> Option<Value<'_>> {
        usize::try_from(index).ok().map(|index| Value { graph: self, index })
    }

    /// What must be fed, in order.
    pub fn inputs(&self) -> impl Iterator<Item = Value<'_>> {
        let count = unsafe { sys::pawl_graph_input_count(self.ptr()) };
        (0..count).filter_map(move |i| self.at(unsafe { sys::pawl_graph_input(self.ptr(), i) }))
    }

    /// What comes out, in order.
    pub fn outputs(&self) -> impl Iterator<Item = Value<'_>> {
        let count = unsafe { sys::pawl_graph_output_count(self.ptr()) };
        (0..count).filter_map(move |i| self.at(unsafe { sys::pawl_graph_output(self.ptr(), i) }))
    }

    /// All nodes, in the order of the file.
    pub fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        let count = unsafe { sys::pawl_graph_node_count(self.ptr()) };
        (0..count).map(move |index| Node { graph: self, index })
    }

    /// The version of a domain's operators ("": ONNX's own) that the model asks for.
    pub fn opset(&self, domain: &str) -> Option<i32> {
        let domain = c_string(domain).ok()?;
        let opset = unsafe { sys::pawl_graph_opset(self.ptr(), domain.as_ptr()) };
        (opset != 0).then_some(opset)
    }

    /// What the model says of itself.
    pub fn metadata(&self, key: &str) -> Option<String> {
        let key = c_string(key).ok()?;
        // SAFETY: the text is copied.
        unsafe { owned_text(sys::pawl_graph_metadata(self.ptr(), key.as_ptr())) }
    }

    /// Writes an ONNX file, which appears whole or not at all; never one of `inputs`.
    pub fn save(&self, context: &Context, path: impl AsRef<Path>, inputs: &[&Path]) -> Result<()> {
        let path = c_path(path.as_ref())?;
        let inputs = inputs.iter().map(|input| c_path(input)).collect::<Result<Vec<_>>>()?;
        let pointers: Vec<_> = inputs.iter().map(|input| input.as_ptr()).collect();
        // SAFETY: handle and texts are valid.
        context.call(|c| unsafe {
            sys::pawl_graph_save(c, self.ptr(), path.as_ptr(), pointers.as_ptr(), pointers.len())
        })
    }

    /// The same bytes in memory.
    pub fn to_bytes(&self, context: &Context) -> Result<Vec<u8>> {
        let buffer = Buffer::new(context)?;
        // SAFETY: both handles are valid.
        context.call(|c| unsafe { sys::pawl_graph_save_buffer(c, self.ptr(), buffer.raw.as_ptr()) })?;
        Ok(buffer.bytes().to_vec())
    }
}

handle! {
    /// Memory that a writer writes to.
    Buffer, pawl_buffer, pawl_buffer_destroy
}

impl Buffer {
    fn new(context: &Context) -> Result<Self> {
        // SAFETY: the place for the handle is valid.
        let raw = context.make(|c, out| unsafe { sys::pawl_buffer_create(c, out) })?;
        Ok(Buffer { raw })
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: nobody writes to it while it is borrowed.
        unsafe {
            let data = sys::pawl_buffer_data(self.ptr()) as *const u8;
            if data.is_null() {
                return &[];
            }
            std::slice::from_raw_parts(data, sys::pawl_buffer_size(self.ptr()))
        }
    }
}

impl<'a> Value<'a> {
    /// Of the tensor; unique in a graph.
    pub fn name(&self) -> &'a str {
        // SAFETY: the texts live as long as the graph, here and below.
        unsafe { text(sys::pawl_graph_value_name(self.graph.ptr(), self.index)) }
    }

    /// Whether it is fed, a constant, or computed; `None` for a kind that this crate does not know.
    pub fn kind(&self) -> Option<ValueKind> {
        ValueKind::from_raw(unsafe { sys::pawl_graph_value_kind(self.graph.ptr(), self.index) })
    }

    /// `None` where it is not known.
    pub fn dtype(&self) -> Option<DType> {
        DType::from_raw(unsafe { sys::pawl_graph_value_dtype(self.graph.ptr(), self.index) })
    }

    /// `None` where not even the number of dimensions is known.
    pub fn shape(&self) -> Option<Vec<Dim<'a>>> {
        let graph = self.graph.ptr();
        // SAFETY: as many dimensions as the rank, which live as long as the graph.
        unsafe {
            let rank = usize::try_from(sys::pawl_graph_value_rank(graph, self.index)).ok()?;
            let shape = sys::pawl_graph_value_shape(graph, self.index);
            let dims = if rank == 0 { &[] } else { std::slice::from_raw_parts(shape, rank) };
            Some(dims.iter().map(|&dim| self.graph.dim(dim)).collect())
        }
    }

    /// A copy of a constant, for the tensor itself may look at a file that changes.
    pub fn constant(&self, context: &Context) -> Result<Tensor<'static>> {
        let shared = Tensor::made(context.make(|c, out| unsafe {
            sys::pawl_graph_value_tensor(c, self.graph.ptr(), self.index, out)
        }))?;
        shared.to_owned(context)
    }
}

impl Graph {
    fn dim(&self, dim: i64) -> Dim<'_> {
        if let Ok(size) = usize::try_from(dim) {
            return Dim::Known(size);
        }
        // SAFETY: the text lives as long as the graph.
        let name = unsafe { sys::pawl_graph_symbol(self.ptr(), dim) };
        if name.is_null() {
            return Dim::Unknown;
        }
        Dim::Symbol(unsafe { text(name) })
    }
}

impl<'a> Node<'a> {
    /// May be empty, and need not be unique.
    pub fn name(&self) -> &'a str {
        // SAFETY: the texts live as long as the graph, here and below.
        unsafe { text(sys::pawl_graph_node_name(self.graph.ptr(), self.index)) }
    }

    /// "Conv" ...
    pub fn operator(&self) -> &'a str {
        unsafe { text(sys::pawl_graph_node_operator(self.graph.ptr(), self.index)) }
    }

    /// "" is ONNX's own.
    pub fn domain(&self) -> &'a str {
        unsafe { text(sys::pawl_graph_node_domain(self.graph.ptr(), self.index)) }
    }

    /// Version of its domain's operators.
    pub fn opset(&self) -> i32 {
        unsafe { sys::pawl_graph_node_opset(self.graph.ptr(), self.index) }
    }

    /// Whether Pawl runs it.
    pub fn runs(&self) -> bool {
        unsafe { sys::pawl_graph_node_runs(self.graph.ptr(), self.index) == 1 }
    }

    /// What it reads; `None` is an optional input that is absent.
    pub fn inputs(&self) -> Vec<Option<Value<'a>>> {
        let graph = self.graph.ptr();
        let count = unsafe { sys::pawl_graph_node_input_count(graph, self.index) };
        let input = |i| self.graph.at(unsafe { sys::pawl_graph_node_input(graph, self.index, i) });
        (0..count).map(input).collect()
    }

    /// What it computes; `None` is an optional output that is absent.
    pub fn outputs(&self) -> Vec<Option<Value<'a>>> {
        let graph = self.graph.ptr();
        let count = unsafe { sys::pawl_graph_node_output_count(graph, self.index) };
        let output = |i| self.graph.at(unsafe { sys::pawl_graph_node_output(graph, self.index, i) });
        (0..count).map(output).collect()
    }
}
