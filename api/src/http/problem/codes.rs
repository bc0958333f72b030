//! The codes of problems that are the surface's own. Rules have codes of their own, listed by their contexts.

use axum::http::StatusCode;

/// A problem code: stable, documented, never given another meaning.
#[derive(Debug)]
pub(crate) struct Code {
    /// The code in snake case.
    pub(crate) code: &'static str,
    /// Its HTTP status.
    pub(crate) status: StatusCode,
    /// When it is given.
    pub(crate) meaning: &'static str,
    /// After how long trying again makes sense, if at all.
    pub(crate) retry_after_seconds: Option<u32>,
}

macro_rules! codes {
    ($($name:ident = $code:literal, $status:ident $(, retry $seconds:literal)?: $meaning:literal;)*) => {
        $(
            #[doc = $meaning]
            pub(crate) const $name: Code = Code {
                code: $code,
                status: StatusCode::$status,
                meaning: $meaning,
                retry_after_seconds: [$(Some($seconds),)? None][0],
            };
        )*
        /// Every code, in the order of the documentation.
        pub(crate) const ALL: &[&Code] = &[$(&$name),*];
    };
}

codes! {
    MALFORMED_JSON = "malformed_json", BAD_REQUEST: "The body is not JSON (`line` and `column` tell where), or not a JSON object.";
    MALFORMED_REQUEST = "malformed_request", BAD_REQUEST: "What was sent is no request of HTTP/1.1.";
    UNKNOWN_FIELD = "unknown_field", BAD_REQUEST: "The body has a member that the request does not know (`field`).";
    MISSING_FIELD = "missing_field", BAD_REQUEST: "The body lacks a member (`field`).";
    DUPLICATE_FIELD = "duplicate_field", BAD_REQUEST: "The body has a member twice (`field`).";
    INVALID_TYPE = "invalid_type", BAD_REQUEST: "A member is of another JSON type (`field`).";
    INVALID_VALUE = "invalid_value", BAD_REQUEST: "A member's value is none of its kind, for example no date (`field`).";
    INVALID_ID = "invalid_id", BAD_REQUEST: "A member is no identifier of its kind (`field`).";
    INVALID_AMOUNT = "invalid_amount", BAD_REQUEST: "An amount is no plain decimal string, has more digits than its currency, or is beyond 64 bits of minor units (`field`).";
    UNKNOWN_CURRENCY = "unknown_currency", BAD_REQUEST: "A currency is no ISO 4217 code (`field`).";
    INVALID_TEXT = "invalid_text", BAD_REQUEST: "A text is empty, or holds characters that show no reader what they are: control characters such as `\\u0000`, invisible ones, ones that turn the direction, unassigned ones (`field` where known).";
    TEXT_TOO_LONG = "text_too_long", BAD_REQUEST: "A text is longer than its member allows (`field`).";
    LIST_TOO_LONG = "list_too_long", BAD_REQUEST: "A list has more elements than its member allows (`field`).";
    TOO_DEEP = "too_deep", BAD_REQUEST: "The body is nested deeper than 32 levels.";
    UNKNOWN_PARAMETER = "unknown_parameter", BAD_REQUEST: "The query string has a parameter that the request does not know (`parameter`).";
    INVALID_PARAMETER = "invalid_parameter", BAD_REQUEST: "A parameter of the query string is malformed, appears twice, or conflicts with another (`parameter`).";
    INVALID_CURSOR = "invalid_cursor", BAD_REQUEST: "The cursor was not made by this list, or was made with other filters than the request has.";
    INVALID_HEADER = "invalid_header", BAD_REQUEST: "A header is malformed (`header`).";
    BODY_INCOMPLETE = "body_incomplete", BAD_REQUEST: "The body was cut off.";
    INVALID_IMPORT_LINE = "invalid_import_line", BAD_REQUEST: "A line of an import is wrong (`line`, `reason`, and `rule`: the rule that refuses it, or `malformed`); everything before it was imported (`imported`).";
    SIGNATURE_INVALID = "signature_invalid", UNAUTHORIZED: "A notice is not signed with a secret that is known here, or not within five minutes.";
    UNAUTHENTICATED = "unauthenticated", UNAUTHORIZED: "The server asks who sends a request, and this one has no token, or one that is not valid; `WWW-Authenticate` says which.";
    HOST_NOT_ALLOWED = "host_not_allowed", FORBIDDEN: "The request is addressed to a host name that is not this server's: a page elsewhere may have pointed its own name here.";
    CROSS_ORIGIN = "cross_origin", FORBIDDEN: "A browser sent the request on behalf of a page of another origin.";
    FORBIDDEN = "forbidden", FORBIDDEN: "Whoever asks has no role that may do this (`roles`: those that may).";
    NOT_FOUND = "not_found", NOT_FOUND: "There is no such thing, or no such route.";
    GATEWAY_UNAVAILABLE = "gateway_unavailable", SERVICE_UNAVAILABLE: "The payment network gives no answer that can be used now (`reason`).";
    NOT_SERVED_HERE = "not_served_here", NOT_FOUND: "The route belongs to a part of the system that another process runs (`context` or `role`).";
    METHOD_NOT_ALLOWED = "method_not_allowed", METHOD_NOT_ALLOWED: "The route has other methods; `Allow` names them.";
    REQUEST_TIMEOUT = "request_timeout", REQUEST_TIMEOUT: "The body did not arrive in time.";
    LOG_DIVERGED = "log_diverged", CONFLICT: "The log holds another event than the one whose hash the request names, or none, at that position (`position`): what its reader has seen is not in this log.";
    ALREADY_EXISTS = "already_exists", CONFLICT: "Something of this id exists, made by another request.";
    CONFLICT = "conflict", CONFLICT, retry 1: "Others changed the same thing again and again meanwhile. Try again.";
    SETTINGS_CHANGED = "settings_changed", CONFLICT, retry 1: "The namespace's settings changed again and again while this was decided, or during an import: what is read already was read by the old ones. Try again.";
    VERSION_CONFLICT = "version_conflict", PRECONDITION_FAILED: "`If-Match` names another version than the present one (`actual_version`).";
    BODY_TOO_LARGE = "body_too_large", PAYLOAD_TOO_LARGE: "The body is larger than allowed (`limit_bytes`).";
    URI_TOO_LONG = "uri_too_long", URI_TOO_LONG: "Path and query string are longer than any that is known.";
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE: "The body's `Content-Type` is not the one that the route takes, or it is in another character set than UTF-8 (`expected`).";
    UNSUPPORTED_CONTENT_ENCODING = "unsupported_content_encoding", UNSUPPORTED_MEDIA_TYPE: "The body is encoded (`content_encoding`), for example compressed.";
    EXPECTATION_FAILED = "expectation_failed", EXPECTATION_FAILED: "`Expect` asks for something other than `100-continue` (`expected`).";
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused", UNPROCESSABLE_ENTITY: "The idempotency key was used before with another payload.";
    AUTHORITY_CONTRADICTED = "authority_contradicted", UNPROCESSABLE_ENTITY: "The body names another authority than that of whoever asks (`field`).";
    NEWER_SCHEMA = "newer_schema", UNPROCESSABLE_ENTITY: "A newer Khata has written to this stream (`event_type`): its events can be read here as they are, but nothing that depends on them can be answered, and it cannot be changed. A time before that event can be queried.";
    TOO_MANY_LOG_WALKS = "too_many_log_walks", TOO_MANY_REQUESTS, retry 10: "Two archives or audits of the log are being made already. Nothing was begun.";
    RATE_LIMITED = "rate_limited", TOO_MANY_REQUESTS, retry 1: "More was asked for than the limit allows (`limit`); `Retry-After` says when there is some again.";
    HEADERS_TOO_LARGE = "headers_too_large", REQUEST_HEADER_FIELDS_TOO_LARGE: "The headers are larger than allowed (`limit_bytes`).";
    INTERNAL = "internal", INTERNAL_SERVER_ERROR: "A defect of Khata or a damaged store. Nothing more is said here; the log has it under the answer's correlation id.";
    UNSUPPORTED_TRANSFER_ENCODING = "unsupported_transfer_encoding", NOT_IMPLEMENTED: "`Transfer-Encoding` is something other than `chunked` (`transfer_encoding`).";
    OVERLOADED = "overloaded", SERVICE_UNAVAILABLE, retry 1: "Too many commands or queries wait already. Nothing was done.";
    TOO_MANY_CONNECTIONS = "too_many_connections", SERVICE_UNAVAILABLE, retry 1: "All connections are taken by requests in progress.";
    STORE_UNAVAILABLE = "store_unavailable", SERVICE_UNAVAILABLE, retry 5: "A store cannot be reached or written.";
    KEYS_UNAVAILABLE = "keys_unavailable", SERVICE_UNAVAILABLE, retry 5: "Whether the token is valid cannot be told: the keys to check it with cannot be reached.";
    LOG_REPLACED = "log_replaced", SERVICE_UNAVAILABLE, retry 30: "The event log is not the one that this process has followed: it went back, or its files are gone. Nothing is decided on it or read from it until it is restored or an operator restarts the process.";
    CLOCK_CONTRADICTS_LOG = "clock_contradicts_log", SERVICE_UNAVAILABLE, retry 60: "The clock of this process's machine contradicts the newest event, or has jumped (`clock`, `expected`). Nothing is decided until it is right, or an operator accepts it.";
    VIEW_BEHIND = "view_behind", SERVICE_UNAVAILABLE, retry 1: "The view did not reach `Khata-Min-Position` in time (`position` is how far it came).";
    VIEW_REBUILDING = "view_rebuilding", SERVICE_UNAVAILABLE, retry 5: "The view is being rebuilt and cannot answer yet (`progress`).";
    VIEW_PARKED = "view_parked", SERVICE_UNAVAILABLE, retry 60: "The answer would lack events: a view that it is made of is parked at an event that cannot be folded, or that only a newer Khata knows, or its parts do not agree (`parked`: `view`, `partition`, `position`, `cause`). Operators see it under `/v1/admin/parked`.";
    NOT_READY = "not_ready", SERVICE_UNAVAILABLE, retry 1: "This process cannot do its part: a store cannot be reached, the log was replaced, or a view serves nothing yet (`checks`; those that are `required` count).";
    STOPPING = "stopping", SERVICE_UNAVAILABLE, retry 5: "The server is being stopped. What an import had brought in is kept (`imported`).";
    NOT_RUNNING = "not_running", SERVICE_UNAVAILABLE, retry 5: "No runner feeds the view, in no process.";
    TIMEOUT = "timeout", SERVICE_UNAVAILABLE, retry 1: "The request took too long. A command may have been done: repeat it with the same idempotency key.";
}
