//! Starts the load process, gives it its plan, takes its report.

use super::{
    BenchError,
    load::{LoadPlan, LoadReport},
    server::khata,
};
use std::process::Stdio;
use tokio::io::AsyncWriteExt;

/// Does a plan in a process of its own.
pub(super) async fn send(plan: &LoadPlan) -> Result<LoadReport, BenchError> {
    let mut command = khata(&["bench-load"])?;
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(BenchError::io("starting the load process"))?;
    let mut stdin =
        child.stdin.take().ok_or_else(|| BenchError::Child("the load process has no input".to_owned()))?;
    stdin
        .write_all(&serde_json::to_vec(plan)?)
        .await
        .map_err(BenchError::io("telling the load process its plan"))?;
    drop(stdin);
    let output = child.wait_with_output().await.map_err(BenchError::io("waiting for the load process"))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(BenchError::Child(format!(
            "the load process ended with {}: {}",
            output.status,
            words.trim()
        )));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
