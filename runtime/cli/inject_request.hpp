// What "millbeck inject" was told, and the request that it means.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace millbeck::runtime::cli {

struct InjectWords {
    std::string action = "list";
    std::string target = {};                        // a table or a trigger
    std::string shard = {};                         // of split-shard and roll-shard
    std::map<std::string, std::string> flags = {};  // "times" -> "3", as written
};

struct InjectRequest {
    std::string route;  // "inject/delay"; "" for the list
    std::string body;   // a JSON object
};

// Every action, in the order of the help.
std::vector<std::string> inject_actions();

// Invalid: what is wrong with the words, without a server being asked.
base::Result<InjectRequest> inject_request(const InjectWords& words);

}  // namespace millbeck::runtime::cli
