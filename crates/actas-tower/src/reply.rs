use actas_core::Reply;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode};

use crate::body::ResponseBody;

/// The refusal that core rendered, as a response.
pub(crate) fn response<B>(reply: Reply) -> Response<ResponseBody<B>> {
    let mut response = Response::new(ResponseBody::refusal(Bytes::from(reply.body)));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);

    for (name, value) in reply.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        // Core promises that both are valid.
        if let (Ok(name), Ok(value)) = (name, HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
