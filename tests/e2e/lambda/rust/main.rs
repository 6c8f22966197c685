// Appends the keys of its records to the file OUT; fails once for a record with "fail".
use std::fs::OpenOptions;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_lambda_events::event::dynamodb::Event;
use lambda_runtime::{run, service_fn, Error, LambdaEvent};
use serde_dynamo::AttributeValue;

static FAILED: AtomicBool = AtomicBool::new(false);

async fn handler(event: LambdaEvent<Event>) -> Result<(), Error> {
    let records = event.payload.records;
    let asked = records.iter().any(|record| record.change.new_image.get("fail").is_some());
    if asked && !FAILED.swap(true, Ordering::Relaxed) {
        return Err("asked to fail".into());
    }
    if event.context.invoked_function_arn != std::env::var("ARN")? {
        return Err(event.context.invoked_function_arn.into());
    }
    let mut file = OpenOptions::new().append(true).create(true).open(std::env::var("OUT")?)?;
    for record in &records {
        let Some(AttributeValue::S(id)) = record.change.keys.get("id") else {
            return Err("a record without its key".into());
        };
        // One write: another instance appends to the same file.
        file.write_all(format!("{id}\n").as_bytes())?;
        println!("seen {id}");
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(handler)).await
}
