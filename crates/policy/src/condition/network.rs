//! IP addresses and CIDR ranges, versions 4 and 6.

use std::net::IpAddr;

/// A CIDR range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Network {
    base: IpAddr,
    prefix: u32,
}

/// Reads one address; an IPv4 address written as IPv6 counts as IPv4.
pub(crate) fn address(text: &str) -> Option<IpAddr> {
    text.trim()
        .parse::<IpAddr>()
        .ok()
        .map(|address| address.to_canonical())
}

impl Network {
    /// Reads `address/prefix`, or an address, which is a range of one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (base, prefix) = match text.trim().split_once('/') {
            Some((base, prefix)) => (base, Some(prefix)),
            None => (text.trim(), None),
        };
        let base: IpAddr = base.parse().ok()?;
        let width = if base.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(digits)
                if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) =>
            {
                digits.parse().ok()?
            }
            Some(_) => return None,
            None => width,
        };
        (prefix <= width).then_some(Self { base, prefix })
    }

    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let difference = u32::from(base) ^ u32::from(address);
                difference.checked_shr(32 - self.prefix).unwrap_or(0) == 0
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let difference = u128::from(base) ^ u128::from(address);
                difference.checked_shr(128 - self.prefix).unwrap_or(0) == 0
            }
            // A range of IPv4 addresses written as IPv6 holds the addresses that it stands for. A wider one is about
            // IPv6: policies that mean both versions list both ("IAM JSON policy elements: Condition operators").
            (IpAddr::V6(base), IpAddr::V4(address)) if self.prefix >= 96 => {
                let difference = u128::from(base) ^ u128::from(address.to_ipv6_mapped());
                difference.checked_shr(128 - self.prefix).unwrap_or(0) == 0
            }
            (IpAddr::V6(_), IpAddr::V4(_)) | (IpAddr::V4(_), IpAddr::V6(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let within = |range: &str, text: &str| {
            Network::parse(range)
                .unwrap()
                .contains(address(text).unwrap())
        };
        assert!(
            within("10.0.0.0/8", "10.255.1.2")
                && within("0.0.0.0/0", "8.8.8.8")
                && within("1.2.3.4", "1.2.3.4")
        );
        assert!(within("2001:db8::/32", "2001:db8:1::1") && within("::/0", "::1"));
        assert!(within("10.0.0.0/8", "::ffff:10.1.1.1"));
        assert!(within("::ffff:10.0.0.0/104", "10.1.1.1"));
        assert!(
            !within("1.2.3.4", "1.2.3.5")
                && !within("10.0.0.0/8", "11.0.0.1")
                && !within("0.0.0.0/0", "::1")
                && !within("::/0", "10.1.1.1")
        );
        for bad in [
            "",
            "1.2.3",
            "1.2.3.4/33",
            "1.2.3.4/",
            "1.2.3.4/+8",
            "::/129",
            "x",
        ] {
            assert_eq!(Network::parse(bad), None, "{bad}");
        }
    }
}
