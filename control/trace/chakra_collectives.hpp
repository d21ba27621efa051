// SPDX-License-Identifier: Apache-2.0
// Chakra's numbers of collectives, for reading and writing.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "control/trace/chakra.pb.h"
#include "control/trace/node.hpp"

namespace farlink::trace {

// The first of a collective is the one that is written.
inline constexpr std::array chakra_collectives{
    std::pair{ChakraProtoMsg::ALL_REDUCE, Collective::all_reduce},
    std::pair{ChakraProtoMsg::REDUCE, Collective::reduce},
    std::pair{ChakraProtoMsg::ALL_GATHER, Collective::all_gather},
    std::pair{ChakraProtoMsg::GATHER, Collective::gather},
    std::pair{ChakraProtoMsg::SCATTER, Collective::scatter},
    std::pair{ChakraProtoMsg::BROADCAST, Collective::broadcast},
    std::pair{ChakraProtoMsg::ALL_TO_ALL, Collective::all_to_all},
    std::pair{ChakraProtoMsg::REDUCE_SCATTER, Collective::reduce_scatter},
    std::pair{ChakraProtoMsg::REDUCE_SCATTER_BLOCK, Collective::reduce_scatter},
    std::pair{ChakraProtoMsg::BARRIER, Collective::barrier},
};

// None of an unknown number.
constexpr std::optional<Collective> collective_of(std::uint64_t number) noexcept {
  for (const auto& [type, collective] : chakra_collectives) {
    if (static_cast<std::uint64_t>(type) == number) return collective;
  }
  return std::nullopt;
}

constexpr ChakraProtoMsg::CollectiveCommType chakra_type_of(Collective collective) noexcept {
  for (const auto& [type, known] : chakra_collectives) {
    if (known == collective) return type;
  }
  return ChakraProtoMsg::BARRIER;  // the only one that would be left
}
static_assert(chakra_type_of(Collective::all_reduce) == ChakraProtoMsg::ALL_REDUCE);
static_assert(chakra_type_of(Collective::reduce_scatter) == ChakraProtoMsg::REDUCE_SCATTER);
static_assert(chakra_type_of(Collective::barrier) == ChakraProtoMsg::BARRIER);

}  // namespace farlink::trace
