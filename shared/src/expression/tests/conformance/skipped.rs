//! The cases that are not run, by reason. A case listed here that passes fails the test.

/// A reason, and what it holds for: a case (`file/section/name`) or all that begin so.
const SKIPPED: &[(&str, &[&str])] = &[
    (
        "unknown names are refused when an expression is compiled, even where evaluation would absorb them",
        &[
            "basic/variables/unbound_is_runtime_error",
            "basic/functions/unbound_is_runtime_error",
            "parse/receiver_function_names/",
        ],
    ),
    (
        "containers (namespaces of names), which controls do not have",
        &[
            "bindings_ext/bind/shadowing_namespace_resolution",
            "bindings_ext/bind/shadowing_namespace_resolution_selector",
            "namespace/namespace/self_eval_container_lookup",
            "namespace/namespace/self_eval_container_lookup_unchecked",
            "namespace/namespace_shadowing/basic",
            "namespace/namespace_shadowing/disambiguation",
            "namespace/namespace_shadowing/comprehension_shadowing",
            "namespace/namespace_shadowing/comprehension_shadowing_disambiguation",
            "namespace/namespace_shadowing/comprehension_shadowing_parse_only",
            "namespace/namespace_shadowing/comprehension_shadowing_namespaced_selector",
            "namespace/namespace_shadowing/comprehension_shadowing_namespaced_selector_parse_only",
            "namespace/namespace_shadowing/comprehension_shadowing_namespaced_selector_disambiguation",
            "namespace/namespace_shadowing/comprehension_shadowing_nesting",
        ],
    ),
    (
        "protobuf messages, which controls never see",
        &[
            "comparisons/eq_literal/eq_dyn_json_null",
            "comparisons/eq_literal/not_eq_dyn_proto2_msg_null",
            "comparisons/eq_literal/not_eq_dyn_proto3_msg_null",
            "comparisons/eq_wrapper/",
            "comparisons/ne_literal/ne_proto2",
            "comparisons/ne_literal/ne_proto3",
            "comparisons/ne_literal/ne_proto2_missing_fields_neq",
            "comparisons/ne_literal/ne_proto3_missing_fields_neq",
            "comparisons/ne_literal/ne_proto_nan_not_equal",
            "comparisons/ne_literal/ne_proto_different_types",
            "comparisons/ne_literal/ne_proto2_any_unpack",
            "comparisons/ne_literal/ne_proto2_any_unpack_bytewise_fallback",
            "comparisons/ne_literal/ne_proto3_any_unpack",
            "comparisons/ne_literal/ne_proto3_any_unpack_bytewise_fallback",
            "optionals/optionals/has_optional_ofNonZeroValue_struct_optional_ofNonZeroValue_map_optindex_field",
            "optionals/optionals/optional_ofNonZeroValue_struct_optional_ofNonZeroValue_map_optindex_field",
            "optionals/optionals/struct_map_optindex_field",
            "optionals/optionals/struct_optional_ofNonZeroValue_map_optindex_field",
            "optionals/optionals/struct_map_optindex_field_nested",
            "optionals/optionals/struct_list_optindex_field",
            "optionals/optionals/empty_struct_optindex_hasValue",
            "optionals/optionals/optional_empty_struct_optindex_hasValue",
            "optionals/optionals/struct_optindex_value",
            "optionals/optionals/optional_struct_optindex_value",
            "optionals/optionals/optional_struct_optindex_index_value",
            "parse/nest/message_literal",
            "parse/repeat/select",
            "parse/repeat/message_literal",
            "parse/comments/new_line_terminated",
            "parse/whitespace/spaces",
            "parse/whitespace/new_lines",
            "parse/whitespace/tabs",
            "parse/whitespace/new_pages",
            "parse/whitespace/carriage_returns",
            "parse/struct_field_names/",
            "timestamps/timestamp_conversions/type_comparison",
            "timestamps/duration_conversions/type_comparison",
        ],
    ),
    (
        "timestamps and durations: later",
        &[
            "comparisons/eq_literal/not_eq_dyn_duration_null",
            "comparisons/eq_literal/not_eq_dyn_timestamp_null",
            "conversions/int/timestamp",
            "conversions/identity/duration",
            "conversions/identity/timestamp",
            "timestamps/timestamp_conversions/toInt_timestamp",
            "timestamps/timestamp_conversions/toString_timestamp",
            "timestamps/timestamp_conversions/toString_timestamp_nanos",
            "timestamps/timestamp_conversions/toType_timestamp",
            "timestamps/duration_conversions/toString_duration",
            "timestamps/duration_conversions/toType_duration",
            "timestamps/timestamp_selectors/",
            "timestamps/timestamp_selectors_tz/",
            "timestamps/timestamp_equality/",
            "timestamps/duration_equality/",
            "timestamps/timestamp_arithmetic/",
            "timestamps/comparisons/",
            "timestamps/duration_converters/",
        ],
    ),
    (
        "base64, which Kubernetes does not offer",
        &[
            "encoders_ext/encode/hello",
            "encoders_ext/decode/hello",
            "encoders_ext/decode/hello_without_padding",
            "encoders_ext/round_trip/hello",
        ],
    ),
    (
        "the math extension, which Kubernetes does not offer",
        &[
            "math_ext/greatest_int_result/",
            "math_ext/greatest_double_result/",
            "math_ext/greatest_uint_result/",
            "math_ext/least_int_result/",
            "math_ext/least_double_result/",
            "math_ext/least_uint_result/",
            "math_ext/ceil/negative",
            "math_ext/ceil/positive",
            "math_ext/floor/negative",
            "math_ext/floor/positive",
            "math_ext/round/",
            "math_ext/trunc/",
            "math_ext/abs/",
            "math_ext/sign/",
            "math_ext/isNaN/true",
            "math_ext/isNaN/false",
            "math_ext/isInf/true",
            "math_ext/isInf/false",
            "math_ext/isFinite/",
            "math_ext/bit_and/",
            "math_ext/bit_or/",
            "math_ext/bit_xor/",
            "math_ext/bit_not/",
            "math_ext/bit_shift_left/",
            "math_ext/bit_shift_right/",
        ],
    ),
    (
        "IP addresses and networks (`ip`, `cidr`): a later extension",
        &["network_ext/ip_type/", "network_ext/ipv4/", "network_ext/ipv6/", "network_ext/cidr/"],
    ),
    (
        "the expected bytes hold an escape of the text format that the case was written in",
        &[
            "parse/bytes_literals/triple_single_quoted_unescaped_punctuation",
            "parse/bytes_literals/triple_double_quoted_unescaped_punctuation",
        ],
    ),
    ("`format`: a later extension", &["string_ext/format/", "string_ext/format_errors/"]),
];

/// All entries; what no case uses is a mistake.
pub(super) fn all() -> Vec<&'static str> {
    SKIPPED.iter().flat_map(|(_, entries)| entries.iter().copied()).collect()
}

/// Why a case is skipped, if it is; marks the entry as used.
pub(super) fn reason(id: &str, unused: &mut Vec<&'static str>) -> Option<&'static str> {
    let (reason, entry) = SKIPPED.iter().find_map(|(reason, entries)| {
        let entry = entries
            .iter()
            .find(|entry| id == **entry || (entry.ends_with('/') && id.starts_with(**entry)))?;
        Some((*reason, *entry))
    })?;
    unused.retain(|own| *own != entry);
    Some(reason)
}
