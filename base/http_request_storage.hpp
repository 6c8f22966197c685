// The text of one request, kept end to end in memory that serves the next one too. Internal to the
// request parser.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace millbeck::base {

// A piece of HttpRequestStorage::text, by place: the text may move while it grows.
struct HttpPiece {
    std::size_t at = 0;
    std::size_t bytes = 0;
};

struct HttpHeader {
    HttpPiece name;
    HttpPiece value;
};

// What is kept of one request.
struct HttpRequestStorage {
    std::string text;  // method, target, header names and values, end to end
    HttpPiece method;
    HttpPiece target;
    std::vector<HttpHeader> headers;
    std::vector<HttpHeader> trailers;
    std::string body;
    bool body_was_cut = false;
    bool expects_continue = false;
    bool expects_unknown = false;
    bool header_done = false;
    bool is_http_1_0 = false;

    void clear() {
        text.clear();
        method = {};
        target = {};
        headers.clear();
        trailers.clear();
        body_was_cut = false;
        expects_continue = false;
        expects_unknown = false;
        header_done = false;
        is_http_1_0 = false;
        body.clear();
        constexpr std::size_t kKeptBodyBytes = 64u << 10;
        // A long body gives its memory back.
        if (body.capacity() > kKeptBodyBytes) {
            body.shrink_to_fit();
        }
    }

    HttpPiece keep(std::string_view view) {
        const HttpPiece piece{text.size(), view.size()};
        text += view;
        return piece;
    }

    void keep_in(std::vector<HttpHeader>& list, std::string_view name, std::string_view value) {
        const HttpPiece kept_name = keep(name);
        list.push_back({kept_name, keep(value)});
    }

    [[nodiscard]] std::string_view view(HttpPiece piece) const {
        return std::string_view(text).substr(piece.at, piece.bytes);
    }
};

}  // namespace millbeck::base
