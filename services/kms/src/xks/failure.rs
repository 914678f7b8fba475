//! What goes wrong between KMS and a proxy, and how KMS says so: the tables of errors of AWS's
//! "External Key Store Proxy API Specification".

use crate::KmsError;
use crate::api::types::ConnectionErrorCodeType;
use kernel::OutboundError;

/// Why a proxy did not do what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProxyFailure {
    /// `ValidationException`
    Validation,
    /// `InvalidStateException`
    InvalidState,
    /// `InvalidCiphertextException`
    InvalidCiphertext,
    /// `InvalidKeyUsageException`
    InvalidKeyUsage,
    /// `AuthenticationFailedException`
    Authentication,
    /// `AccessDeniedException`
    AccessDenied,
    /// `KeyNotFoundException`
    KeyNotFound,
    /// `InvalidUriPathException`
    InvalidUriPath,
    /// `UnsupportedOperationException`
    Unsupported,
    /// `DependencyTimeoutException`
    DependencyTimeout,
    /// `ThrottlingException`
    Throttling,
    /// `InternalException`
    Internal,
    /// It answered well, and that all of its key managers are unavailable.
    Unavailable,
    /// It decrypted to what KMS did not encrypt.
    WrongPlaintext,
    /// It cannot be reached.
    Unreachable,
    /// There is no TLS connection to trust.
    Tls,
    /// It did not answer in time.
    TimedOut,
    /// Its answer means nothing.
    Unreadable,
}

impl ProxyFailure {
    /// The failure that a proxy names; a name that the specification lacks means nothing.
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "ValidationException" => Self::Validation,
            "InvalidStateException" => Self::InvalidState,
            "InvalidCiphertextException" => Self::InvalidCiphertext,
            "InvalidKeyUsageException" => Self::InvalidKeyUsage,
            "AuthenticationFailedException" => Self::Authentication,
            "AccessDeniedException" => Self::AccessDenied,
            "KeyNotFoundException" => Self::KeyNotFound,
            "InvalidUriPathException" => Self::InvalidUriPath,
            "UnsupportedOperationException" => Self::Unsupported,
            "DependencyTimeoutException" => Self::DependencyTimeout,
            "ThrottlingException" => Self::Throttling,
            "InternalException" => Self::Internal,
            _ => Self::Unreadable,
        }
    }

    /// AWS's words, the same whichever exception carries them.
    fn message(self) -> &'static str {
        match self {
            Self::Validation | Self::Unreadable => {
                "AWS KMS cannot interpret the response from the external key store proxy. If you see this error repeatedly, report it to your external key store proxy administrator."
            }
            Self::InvalidState => {
                "The external key associated with this KMS key in an external key store is not enabled in the external HSM. Enable the external key in the external HSM and retry the request."
            }
            Self::InvalidCiphertext => {
                "The external key store proxy rejected the request because the specified ciphertext or encryption context is corrupted, missing, or otherwise invalid."
            }
            Self::WrongPlaintext => {
                "The ciphertext that the external key store proxy submitted for decryption, or the encryption context, is corrupted, missing, or otherwise invalid."
            }
            Self::InvalidKeyUsage => {
                "The external key associated with this KMS key in an external key store does not support the requested operation. Enable the operation on the key in your external HSM, and try the request again."
            }
            Self::Authentication => {
                "The external key store proxy rejected the request because it could not authenticate AWS KMS. Verify the XKS proxy authentication credentials for your external key store and update if necessary."
            }
            Self::AccessDenied => {
                "The external key store proxy denied access to the operation. Verify that the user and the external key are both authorized for this operation, and try the request again."
            }
            Self::KeyNotFound => {
                "The external key associated with this KMS key in an external key store was not found in its external HSM. If the external key ID associated with this KMS key is incorrect, create a new KMS key with the correct external key ID."
            }
            Self::InvalidUriPath => {
                "The external key store proxy rejected the request because of an invalid URI path. Verify the URI path for your external key store and update if necessary."
            }
            Self::Unsupported => {
                "The external key store proxy rejected the request because it does not support the requested operation. If you see this error repeatedly, report it to your external key store proxy administrator."
            }
            Self::DependencyTimeout => {
                "The external key store proxy did not respond to the request in the time allotted. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator."
            }
            Self::Throttling => {
                "The external key store proxy rejected the request due to a very high request rate. Reduce the frequency of your calls using KMS keys in this external key store."
            }
            Self::Internal | Self::Unavailable => {
                "The external key store proxy rejected the request because it cannot communicate with the external HSM. Verify that the external key store proxy configuration is correct and that the external HSM is available."
            }
            Self::Unreachable => {
                "AWS KMS cannot communicate with the external key store proxy. This might be a transient network issue. If you see this error repeatedly, verify that your external key store proxy is active and is connected to the network, and that its endpoint URI is correct in your external key store."
            }
            Self::Tls => {
                "AWS KMS cannot establish a TLS connection to the external key store proxy. Verify the TLS configuration, including its certificate."
            }
            Self::TimedOut => {
                "AWS KMS rejected the request because the external key store proxy did not respond in time. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator."
            }
        }
    }

    /// As `CreateCustomKeyStore` and `UpdateCustomKeyStore` say it.
    pub(crate) fn of_store(self) -> KmsError {
        let message = self.message().to_owned();
        match self {
            Self::Authentication => KmsError::XksProxyIncorrectAuthenticationCredential(message),
            Self::InvalidUriPath => KmsError::XksProxyInvalidConfiguration(message),
            Self::DependencyTimeout
            | Self::Throttling
            | Self::Unavailable
            | Self::Unreachable
            | Self::Tls
            | Self::TimedOut => KmsError::XksProxyUriUnreachable(message),
            _ => KmsError::XksProxyInvalidResponse(message),
        }
    }

    /// As `CreateKey` says it.
    pub(crate) fn of_new_key(self) -> KmsError {
        let message = self.message().to_owned();
        match self {
            Self::InvalidState | Self::InvalidKeyUsage | Self::Unsupported => {
                KmsError::XksKeyInvalidConfiguration(message)
            }
            Self::KeyNotFound => KmsError::XksKeyNotFound(message),
            // The table has KMSInvalidStateException here, which CreateKey's model does not list.
            _ => KmsError::CustomKeyStoreInvalidState(message),
        }
    }

    /// As operations that use a key say it.
    pub(crate) fn of_use(self) -> KmsError {
        KmsError::InvalidState(self.message().to_owned())
    }

    /// As `DescribeCustomKeyStores` says why a store is not connected.
    pub(crate) fn of_connection(self) -> ConnectionErrorCodeType {
        use ConnectionErrorCodeType as C;
        match self {
            Self::Authentication => C::InvalidCredentials,
            Self::AccessDenied => C::XksProxyAccessDenied,
            Self::InvalidUriPath => C::XksProxyInvalidConfiguration,
            Self::Tls => C::XksProxyInvalidTlsConfiguration,
            Self::TimedOut | Self::DependencyTimeout => C::XksProxyTimedOut,
            Self::Unreachable | Self::Unavailable | Self::Internal | Self::Throttling => {
                C::XksProxyNotReachable
            }
            _ => C::XksProxyInvalidResponse,
        }
    }
}

impl From<OutboundError> for ProxyFailure {
    fn from(error: OutboundError) -> Self {
        match error {
            OutboundError::Unreachable => Self::Unreachable,
            OutboundError::Tls => Self::Tls,
            OutboundError::TimedOut => Self::TimedOut,
            OutboundError::Unreadable => Self::Unreadable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each line is one of the specification's table: name, of a store, of a new key.
    #[test]
    fn proxies_errors_become_those_of_the_specification() {
        let kind = |error: KmsError| {
            let text = format!("{error:?}");
            text.split('(').next().unwrap().to_owned()
        };
        for (name, of_store, of_new_key) in [
            (
                "ValidationException",
                "XksProxyInvalidResponse",
                "CustomKeyStoreInvalidState",
            ),
            (
                "InvalidStateException",
                "XksProxyInvalidResponse",
                "XksKeyInvalidConfiguration",
            ),
            (
                "InvalidKeyUsageException",
                "XksProxyInvalidResponse",
                "XksKeyInvalidConfiguration",
            ),
            (
                "AuthenticationFailedException",
                "XksProxyIncorrectAuthenticationCredential",
                "CustomKeyStoreInvalidState",
            ),
            (
                "AccessDeniedException",
                "XksProxyInvalidResponse",
                "CustomKeyStoreInvalidState",
            ),
            (
                "KeyNotFoundException",
                "XksProxyInvalidResponse",
                "XksKeyNotFound",
            ),
            (
                "InvalidUriPathException",
                "XksProxyInvalidConfiguration",
                "CustomKeyStoreInvalidState",
            ),
            (
                "UnsupportedOperationException",
                "XksProxyInvalidResponse",
                "XksKeyInvalidConfiguration",
            ),
            (
                "DependencyTimeoutException",
                "XksProxyUriUnreachable",
                "CustomKeyStoreInvalidState",
            ),
            (
                "ThrottlingException",
                "XksProxyUriUnreachable",
                "CustomKeyStoreInvalidState",
            ),
            (
                "InternalException",
                "XksProxyInvalidResponse",
                "CustomKeyStoreInvalidState",
            ),
            (
                "SomethingElse",
                "XksProxyInvalidResponse",
                "CustomKeyStoreInvalidState",
            ),
        ] {
            let failure = ProxyFailure::named(name);
            assert_eq!(kind(failure.of_store()), of_store, "{name}");
            assert_eq!(kind(failure.of_new_key()), of_new_key, "{name}");
            assert_eq!(kind(failure.of_use()), "InvalidState", "{name}");
        }
    }
}
