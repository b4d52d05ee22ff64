//! What does not fit: requests, transports, files, and a disk without room. Each is a clear error with a stable code.

mod disk;
mod files;
mod requests;
mod transport;
