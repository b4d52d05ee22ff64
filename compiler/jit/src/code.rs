//! Executable memory: compiles shapes, makes them executable once, and gives the memory back when dropped.

use std::fmt;
use std::mem::ManuallyDrop;
use std::sync::Arc;

use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_codegen::{CodegenError, Context};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_jit::{JITBuilder, JITMemoryProvider, JITModule};
use cranelift_module::{FuncId, Module, default_libcall_names};

use crate::emit;
use crate::error::JitError;
use crate::frame::ShapeFn;
use crate::term::Term;

/// Fixed settings and no guess at the machine's extensions, so that the same program gives the same code everywhere.
const SETTINGS: [(&str, &str); 4] =
    [("opt_level", "speed"), ("enable_verifier", "true"), ("unwind_info", "false"), ("is_pic", "false")];

/// A module of native code. A [`JITModule`] that is merely dropped keeps its memory for ever; this one does not.
pub(crate) struct CodeModule(ManuallyDrop<JITModule>);

// SAFETY: a `JITModule` is `Send`; what keeps it from being `Sync`, its symbols and its memory, cannot be reached
// through a shared `CodeModule`, whose field only this file sees and only `ShapeCompiler`, by value or `&mut`, uses.
unsafe impl Sync for CodeModule {}

impl Drop for CodeModule {
    fn drop(&mut self) {
        // SAFETY: the module is taken out once, here, and not used again. Its functions are called only through a
        // `Shape`, which keeps this alive, and none runs now, for each call borrows one.
        unsafe { ManuallyDrop::take(&mut self.0).free_memory() }
    }
}

impl fmt::Debug for CodeModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeModule")
    }
}

/// Compiles shapes into a module that is not yet executable.
pub(crate) struct ShapeCompiler {
    isa: Arc<dyn TargetIsa>,
    module: CodeModule,
    context: Context,
    builder_context: FunctionBuilderContext,
    functions: Vec<(FuncId, usize)>,
}

impl ShapeCompiler {
    pub(crate) fn new() -> Result<Self, JitError> {
        Self::with_memory(None)
    }

    /// A compiler that takes memory elsewhere than from the operating system.
    pub(crate) fn with_memory(memory: Option<Box<dyn JITMemoryProvider + Send>>) -> Result<Self, JitError> {
        let host = |reason: &dyn fmt::Display| JitError::Host { reason: reason.to_string() };
        let mut flags = settings::builder();
        for (name, value) in SETTINGS {
            flags.set(name, value).map_err(|error| host(&error))?;
        }
        let isa = cranelift_native::builder_with_options(false)
            .map_err(|error| host(&error))?
            .finish(settings::Flags::new(flags))
            .map_err(|error| host(&error))?;
        let mut builder = JITBuilder::with_isa(Arc::clone(&isa), default_libcall_names());
        builder.symbol_lookup_fn(Box::new(|_| None));
        if let Some(memory) = memory {
            builder.memory_provider(memory);
        }
        let module = CodeModule(ManuallyDrop::new(JITModule::new(builder)));
        Ok(Self {
            isa,
            module,
            context: Context::new(),
            builder_context: FunctionBuilderContext::new(),
            functions: Vec::new(),
        })
    }

    /// Compiles a shape, whose function will stand at this place in the result of [`Self::finish`]; `None` if it is
    /// too much for the code generator.
    pub(crate) fn compile(&mut self, shape: &Term, stride: usize) -> Result<Option<usize>, JitError> {
        self.context.clear();
        let signature = emit::signature(self.isa.default_call_conv());
        self.context.func.signature = signature.clone();
        let mut builder = FunctionBuilder::new(&mut self.context.func, &mut self.builder_context);
        emit::function(&mut builder, shape, stride)?;
        builder.finalize(self.isa.frontend_config());
        let compiled = match self.context.compile(&*self.isa, &mut ControlPlane::default()) {
            Ok(compiled) => compiled,
            Err(error) => match error.inner {
                CodegenError::ImplLimitExceeded | CodegenError::CodeTooLarge => return Ok(None),
                other => return Err(JitError::codegen(other)),
            },
        };
        if !compiled.buffer.relocs().is_empty() {
            return Err(JitError::codegen("code of a shape holds an address"));
        }
        let alignment = u64::from(compiled.buffer.alignment);
        let bytes = compiled.code_buffer();
        let function = self.module.0.declare_anonymous_function(&signature)?;
        self.module.0.define_function_bytes(function, alignment, bytes, &[])?;
        self.functions.push((function, bytes.len()));
        Ok(Some(self.functions.len() - 1))
    }

    /// Makes the code executable: each function, and how many bytes it has. The functions may be called as long as the
    /// module lives.
    pub(crate) fn finish(mut self) -> Result<(CodeModule, Vec<(ShapeFn, usize)>), JitError> {
        self.module.0.finalize_definitions()?;
        let functions = self.functions.iter().map(|&(function, bytes)| {
            let code = self.module.0.get_finalized_function(function);
            // SAFETY: the code was compiled with the signature of a `ShapeFn` and the host's calling convention.
            (unsafe { std::mem::transmute::<*const u8, ShapeFn>(code) }, bytes)
        });
        let functions = functions.collect();
        Ok((self.module, functions))
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use cranelift_jit::BranchProtection;
    use cranelift_module::ModuleResult;

    use super::*;

    /// Memory that may be written but never becomes executable, as where the operating system denies it.
    struct Denied(Vec<u8>);

    impl JITMemoryProvider for Denied {
        fn allocate(&mut self, size: usize, _: u64, _: cranelift_jit::JITMemoryKind) -> io::Result<*mut u8> {
            self.0 = vec![0; size];
            Ok(self.0.as_mut_ptr())
        }

        unsafe fn free_memory(&mut self) {}

        fn finalize(&mut self, _: BranchProtection) -> ModuleResult<()> {
            let denied = io::Error::from(io::ErrorKind::PermissionDenied);
            Err(cranelift_module::ModuleError::Allocation { err: denied })
        }
    }

    #[test]
    fn memory_that_does_not_become_executable_is_an_error() {
        let mut compiler = ShapeCompiler::with_memory(Some(Box::new(Denied(Vec::new())))).unwrap();
        assert_eq!(compiler.compile(&Term::True, 0), Ok(Some(0)));
        let error = compiler.finish().map(|_| ()).unwrap_err();
        assert!(matches!(error, JitError::Memory { .. }), "{error}");
    }
}
