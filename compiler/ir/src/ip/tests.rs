use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;

#[test]
fn an_address_is_in_its_block_however_it_is_written() {
    let cases = [
        ("10.1.2.3", "10.0.0.0/8", true),
        ("::ffff:10.1.2.3", "10.0.0.0/8", true),
        ("::ffff:a01:203", "10.0.0.0/8", true),
        ("10.1.2.3", "::ffff:10.0.0.0/104", true),
        ("11.0.0.0", "10.0.0.0/8", false),
        ("1.2.3.4", "0.0.0.0/0", true),
        ("1.2.3.4", "::/0", false),
        ("::1", "0.0.0.0/0", false),
        ("fe80::1", "fe80::/10", true),
        ("169.254.169.254", "169.254.169.254/32", true),
        ("2001:db8::1", "2001:db8::1/128", true),
        ("2001:db8::2", "2001:db8::1/128", false),
    ];
    for (ip, block, expected) in cases {
        let (ip, block): (Ip, Cidr) = (ip.parse().unwrap(), block.parse().unwrap());
        assert_eq!(block.contains(ip), expected, "{ip} in {block}");
    }
    assert_eq!(
        "::ffff:10.0.0.0/104".parse::<Cidr>().map(|block| block.to_string()),
        Ok("10.0.0.0/8".to_owned())
    );
}

#[test]
fn what_is_read_in_two_ways_is_refused() {
    for text in [
        "",
        "10.0.0",
        "010.0.0.1",
        "0x7f.0.0.1",
        "2130706433",
        "10.0.0.1 ",
        "fe80::1%eth0",
        "[::1]",
        "1.2.3.4:5",
    ] {
        assert_eq!(text.parse::<Ip>(), Err(IpError::Address), "{text}");
    }
    for text in [
        "10.0.0.0",
        "10.0.0.0/",
        "10.0.0.0/33",
        "::/129",
        "10.0.0.0/+8",
        "10.0.0.0/-1",
        "10/8",
        "10.0.0.0/0008",
    ] {
        assert_eq!(text.parse::<Cidr>(), Err(IpError::Block), "{text}");
    }
    for text in ["10.0.0.1/8", "::1/64", "::ffff:0:0/95"] {
        assert_eq!(text.parse::<Cidr>(), Err(IpError::HostBits), "{text}");
    }
}

proptest! {
    #[test]
    fn blocks_hold_what_shares_their_first_bits(a in any::<u32>(), b in any::<u32>(), near in 0_u32..33, bits in 0_u8..33) {
        let b = if near == 32 { b } else { a ^ (1 << near) };
        let text = |bits: u32| Ipv4Addr::from_bits(bits).to_string();
        let binary = |number: u32| format!("{number:032b}");
        let kept = usize::from(bits);
        let first = u32::from_str_radix(&format!("{:0<32}", &binary(a)[..kept]), 2).unwrap();
        let block: Cidr = format!("{}/{bits}", text(first)).parse().unwrap();
        let (inside, other): (Ip, Ip) = (text(a).parse().unwrap(), text(b).parse().unwrap());
        prop_assert!(block.contains(inside));
        prop_assert_eq!(block.contains(other), binary(a)[..kept] == binary(b)[..kept]);
    }

    #[test]
    fn blocks_of_ipv6_do_too(a in any::<u128>(), near in 0_u32..128, bits in 0_u8..129) {
        // Not within `::ffff:0:0/96`, whose addresses are of IPv4.
        let (a, kept) = (a | 1 << 127, usize::from(bits));
        let b = a ^ (1 << near);
        let binary = |number: u128| format!("{number:0128b}");
        let first = u128::from_str_radix(&format!("{:0<128}", &binary(a)[..kept]), 2).unwrap();
        let block: Cidr = format!("{}/{bits}", Ipv6Addr::from_bits(first)).parse().unwrap();
        let other: Ip = Ipv6Addr::from_bits(b).to_string().parse().unwrap();
        prop_assert_eq!(block.contains(other), binary(a)[..kept] == binary(b)[..kept]);
        prop_assert_eq!(block.to_string().parse::<Cidr>(), Ok(block));
    }
}
