//! Why there is no native code. The interpreter then evaluates everything.

use cranelift_module::ModuleError;

/// Native code could not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JitError {
    /// There is no code generator for this machine.
    #[error("no code generator for this machine: {reason}")]
    Host {
        /// What the code generator says.
        reason: String,
    },
    /// The operating system gave no memory, or did not let it become executable.
    #[error("no executable memory: {reason}")]
    Memory {
        /// What the operating system says.
        reason: String,
    },
    /// The code generator refused what this crate gave it, which is a defect of this crate.
    #[error("code generation failed: {reason}")]
    Codegen {
        /// What the code generator says.
        reason: String,
    },
}

impl JitError {
    pub(crate) fn codegen(reason: impl ToString) -> Self {
        Self::Codegen { reason: reason.to_string() }
    }
}

impl From<ModuleError> for JitError {
    fn from(error: ModuleError) -> Self {
        let reason = error.to_string();
        match error {
            ModuleError::Allocation { .. } | ModuleError::Backend(_) => Self::Memory { reason },
            _ => Self::Codegen { reason },
        }
    }
}
