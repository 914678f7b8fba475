//! `operations.rs`: the service, its operations and those that are not served.

use super::HEADER;
use super::api::{Api, NamedOperation};
use super::model::Metadata;
use super::types::packed;
use anyhow::{Result, bail};
use std::fmt::Write as _;

/// Writes `operations.rs`, before rustfmt.
pub(crate) fn write(api: &Api<'_>) -> Result<String> {
    let mut text = format!("{HEADER}//! The operations of the service.\n\n");
    writeln!(
        text,
        "use schema::{{Protocol, ServiceSchema, UnservedOperation}};\n"
    )?;
    service(api, &mut text)?;
    text.push_str("/// The operations that are known and not served yet.\n");
    text.push_str("pub static UNSERVED: &[UnservedOperation] = &[");
    for unserved in &api.model.unserved {
        write!(
            text,
            "UnservedOperation::new({:?}, {:?}, {:?}), ",
            unserved.name, unserved.method, unserved.uri
        )?;
    }
    text.push_str("];\n\nschema::operations! {\n    SERVICE:\n");
    for operation in &api.operations {
        write_operation(api, operation, &mut text)?;
    }
    text.push_str("}\n");
    Ok(text)
}

fn service(api: &Api<'_>, text: &mut String) -> Result<()> {
    let metadata = &api.model.metadata;
    let prefix = &metadata.endpoint_prefix;
    let target_prefix = metadata.target_prefix.as_deref().unwrap_or_default();
    let protocols = protocols(metadata)?;
    // AWS's clients write the target prefix into the path of rpcv2Cbor.
    let rpc_name = if protocols.contains(&"RpcV2Cbor") {
        target_prefix
    } else {
        ""
    };
    let protocols: Vec<String> = protocols
        .iter()
        .map(|protocol| format!("Protocol::{protocol}"))
        .collect();
    writeln!(text, "/// The service.")?;
    writeln!(text, "pub static SERVICE: ServiceSchema = ServiceSchema {{")?;
    writeln!(text, "id: {:?},", api.id)?;
    writeln!(text, "endpoint_prefix: {prefix:?},")?;
    writeln!(
        text,
        "signing_name: {:?},",
        metadata.signing_name.as_ref().unwrap_or(prefix)
    )?;
    writeln!(text, "api_version: {:?},", metadata.api_version)?;
    writeln!(text, "target_prefix: {target_prefix:?},")?;
    writeln!(text, "rpc_name: {rpc_name:?},")?;
    writeln!(text, "protocols: &[{}],", protocols.join(", "))?;
    writeln!(
        text,
        "xml_namespace: {:?},",
        metadata.xml_namespace.as_deref().unwrap_or_default()
    )?;
    writeln!(text, "global: {},", api.model.global)?;
    writeln!(text, "operations: OPERATIONS,")?;
    writeln!(text, "unserved: UNSERVED,\n}};\n")?;
    Ok(())
}

fn protocols(metadata: &Metadata) -> Result<Vec<&'static str>> {
    let listed = if metadata.protocols.is_empty() {
        std::slice::from_ref(&metadata.protocol)
    } else {
        metadata.protocols.as_slice()
    };
    listed
        .iter()
        .map(
            |protocol| match (protocol.as_str(), metadata.json_version.as_deref()) {
                ("query", _) => Ok("AwsQuery"),
                ("json", Some("1.0")) => Ok("AwsJson10"),
                ("json", _) => Ok("AwsJson11"),
                ("rest-json", _) => Ok("RestJson1"),
                ("rest-xml", _) => Ok("RestXml"),
                ("smithy-rpc-v2-cbor", _) => Ok("RpcV2Cbor"),
                (other, _) => bail!("unknown protocol {other}"),
            },
        )
        .collect()
}

fn write_operation(api: &Api<'_>, named: &NamedOperation<'_>, text: &mut String) -> Result<()> {
    let NamedOperation {
        static_name,
        type_name,
        input_type,
        output_type,
        operation,
        ..
    } = named;
    let http = &operation.http;
    let status = http.response_code.unwrap_or(200);
    let unsigned = if operation.unsigned() {
        " unsigned true"
    } else {
        ""
    };
    let wrapper = operation
        .output
        .as_ref()
        .and_then(|output| output.result_wrapper.as_ref());
    let wrapper = wrapper
        .map(|wrapper| format!(" in {wrapper:?}"))
        .unwrap_or_default();
    let errors = operation
        .errors
        .iter()
        .map(|error| api.static_name(&error.shape).map(Into::into))
        .collect::<Result<Vec<_>>>()?;
    writeln!(
        text,
        "    {static_name}: {type_name}({input_type}) -> {output_type} {{"
    )?;
    writeln!(
        text,
        "        {:?} {:?} {status}{unsigned},",
        http.method, http.request_uri
    )?;
    let (input, output) = (
        api.static_name(named.input)?,
        api.static_name(named.output)?,
    );
    writeln!(text, "        {input} -> {output}{wrapper},")?;
    let line = format!("        [{}]", errors.join(", "));
    if line.len() <= 100 {
        writeln!(text, "{line}")?;
    } else {
        writeln!(text, "        [")?;
        for line in packed(&errors, 12) {
            writeln!(text, "{line}")?;
        }
        writeln!(text, "        ]")?;
    }
    writeln!(text, "    }}")?;
    Ok(())
}
