// The words of a PartiQL statement. Internal to this folder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace millbeck::capture::expression::partiql {

// Characters a Statement may have. Source: API_ExecuteStatement.
inline constexpr std::size_t kStatementCharactersMax = 8192;

// Where a token stands, in characters, from 1: `1:25:2` in the service's texts.
struct Spot {
    std::uint32_t line = 1;
    std::uint32_t column = 1;
    std::uint32_t length = 0;
};
std::string to_string(const Spot& spot);

enum class TokenType : std::uint8_t {
    Symbol,      // `(`, `<<`, `<=`, ...
    Keyword,     // text in small letters
    Name,        // a bare word that is none
    QuotedName,  // `"a"`
    String,      // `'it''s'`
    Number,
    Ion,  // between back quotes
    End
};

struct Token {
    TokenType type = TokenType::End;
    Spot spot;
    std::string text;  // of names and strings what stands between the quotes
};

// All tokens, the last one an End; comments are left out.
// Errors: Invalid, the service's text for what is no token (which says nothing more).
base::Result<std::vector<Token>> tokenize(std::string_view statement);

// `Statement wasn't well formed, can't be processed: ...`
tl::unexpected<base::Error> not_well_formed(std::string_view detail);

// Whether the word, in small letters, is none that names may have unless they are quoted.
bool is_reserved(std::string_view word);

}  // namespace millbeck::capture::expression::partiql
