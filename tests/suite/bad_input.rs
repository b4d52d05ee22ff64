//! Invalid requests, transports and files, and a full disk. Each is a clear error with a stable code.

mod disk;
mod files;
mod requests;
mod transport;
