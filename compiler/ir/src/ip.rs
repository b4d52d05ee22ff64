//! IP addresses and blocks.
//!
//! An IPv4-mapped IPv6 address (`::ffff:10.0.0.1`, RFC 4291, section 2.5.5.2) is the IPv4 address: a rule about
//! `10.0.0.0/8` cannot be bypassed by spelling an address differently.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An IP address; never an IPv4 address in the form of IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Ip(IpAddr);

/// A block of IP addresses: those that share the first so many bits. `::/0` is every IPv6 address and no IPv4 one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Cidr {
    first: Ip,
    bits: u8,
}

/// Text that is no address or block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IpError {
    /// Not `10.0.0.1` or `2001:db8::1`.
    #[error("not an IP address such as `10.0.0.1` or `2001:db8::1`")]
    Address,
    /// Not `10.0.0.0/8`.
    #[error("not a block of IP addresses such as `10.0.0.0/8`")]
    Block,
    /// The address of a block has bits beyond the length: `10.0.0.1/8`.
    #[error("the address has bits beyond the block's length")]
    HostBits,
}

impl Ip {
    /// The address.
    #[must_use]
    pub const fn address(self) -> IpAddr {
        self.0
    }
}

impl From<IpAddr> for Ip {
    fn from(address: IpAddr) -> Self {
        Self(address.to_canonical())
    }
}

impl FromStr for Ip {
    type Err = IpError;

    fn from_str(text: &str) -> Result<Self, IpError> {
        text.parse::<IpAddr>().map(Self::from).map_err(|_| IpError::Address)
    }
}

impl Cidr {
    /// Whether the address is in the block.
    #[must_use]
    pub fn contains(self, ip: Ip) -> bool {
        same_bits(self.first.0, ip.0, self.bits)
    }
}

impl FromStr for Cidr {
    type Err = IpError;

    fn from_str(text: &str) -> Result<Self, IpError> {
        let (address, length) = text.split_once('/').ok_or(IpError::Block)?;
        let address: IpAddr = address.parse().map_err(|_| IpError::Block)?;
        if length.is_empty() || length.len() > 3 || !length.bytes().all(|b| b.is_ascii_digit()) {
            return Err(IpError::Block);
        }
        let bits: u8 = length.parse().map_err(|_| IpError::Block)?;
        let lowest = match address {
            IpAddr::V4(v4) if bits <= 32 => v4.to_bits().checked_shl(bits.into()).unwrap_or(0) == 0,
            IpAddr::V6(v6) if bits <= 128 => v6.to_bits().checked_shl(bits.into()).unwrap_or(0) == 0,
            IpAddr::V4(_) | IpAddr::V6(_) => return Err(IpError::Block),
        };
        if !lowest {
            return Err(IpError::HostBits);
        }
        match (address, Ip::from(address)) {
            // A block within `::ffff:0:0/96` is one of IPv4.
            (IpAddr::V6(_), Ip(IpAddr::V4(v4))) => match bits.checked_sub(96) {
                Some(bits) => Ok(Self { first: Ip(IpAddr::V4(v4)), bits }),
                None => Err(IpError::HostBits),
            },
            (_, first) => Ok(Self { first, bits }),
        }
    }
}

/// Whether two addresses of one family agree in their first so many bits.
fn same_bits(one: IpAddr, other: IpAddr, bits: u8) -> bool {
    match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => {
            let differ = one.to_bits() ^ other.to_bits();
            differ.checked_shr(32_u32.saturating_sub(bits.into())).unwrap_or(0) == 0
        }
        (IpAddr::V6(one), IpAddr::V6(other)) => {
            let differ = one.to_bits() ^ other.to_bits();
            differ.checked_shr(Ipv6Addr::BITS.saturating_sub(bits.into())).unwrap_or(0) == 0
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

impl fmt::Display for Ip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.bits)
    }
}

macro_rules! by_text {
    ($ty:ident) => {
        impl TryFrom<String> for $ty {
            type Error = IpError;

            fn try_from(text: String) -> Result<Self, IpError> {
                text.parse()
            }
        }

        impl From<$ty> for String {
            fn from(value: $ty) -> Self {
                value.to_string()
            }
        }
    };
}

by_text!(Ip);
by_text!(Cidr);

#[cfg(test)]
mod tests;
