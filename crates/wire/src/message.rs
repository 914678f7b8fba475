//! HTTP messages that cannot fail to be built.

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, header,
};

/// A response with its content type and the request id.
pub(crate) fn response(
    status: u16,
    content_type: Option<&'static str>,
    id_header: &'static str,
    request_id: &str,
    body: impl Into<Bytes>,
) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(content_type) = content_type {
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    set(response.headers_mut(), id_header, request_id);
    response
}

/// A request with its host and content type.
pub(crate) fn request(
    method: &str,
    target: &str,
    host: &str,
    content_type: Option<&'static str>,
    body: impl Into<Bytes>,
) -> Request<Bytes> {
    let mut request = Request::new(body.into());
    *request.method_mut() = method.parse().unwrap_or(Method::POST);
    *request.uri_mut() = target.parse().unwrap_or_else(|_| Uri::from_static("/"));
    set(request.headers_mut(), "host", host);
    if let Some(content_type) = content_type {
        request
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    request
}

/// Sets a header; a value that HTTP cannot carry is left out.
pub(crate) fn set(headers: &mut HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (
        HeaderName::from_bytes(name.as_bytes()),
        HeaderValue::from_bytes(value.as_bytes()),
    ) {
        headers.insert(name, value);
    }
}

/// A header's text.
pub(crate) fn get(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get(name)
        .and_then(|value| String::from_utf8(value.as_bytes().to_vec()).ok())
}

/// The request id under any of the names that AWS's services use.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    get(headers, "x-amzn-requestid").or_else(|| get(headers, "x-amz-request-id"))
}
