//! JSON documents that a caller passes in: read by name, or refused as a whole. Pure.
//! What the keys mean, and which there are, is each document's own.

use serde::de::DeserializeOwned;

use crate::status::Status;

/// Reads an object; anything else is `SP_ERR_INVALID_ARGUMENT`.
///
/// serde reads a struct from an array too, where a value in the wrong place would be obeyed.
pub fn read<T: DeserializeOwned>(json: &str) -> Result<T, Status> {
    if !json.trim_start().starts_with('{') {
        return Err(Status::SP_ERR_INVALID_ARGUMENT);
    }
    serde_json::from_str(json).map_err(|_| Status::SP_ERR_INVALID_ARGUMENT)
}
