// What the admin routes say of dead letters: lists, one as a whole, and dropping some.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "runtime/api/query.hpp"
#include "triggers/dead_letter_store.hpp"

namespace millbeck::runtime {

// All give a JSON object that ends in a newline, and wait for a disk.

// `?trigger=&above=&limit=`: `{"dead_letters":[...]}` without events, oldest first.
base::Result<std::string> list_dead_letters(triggers::DeadLetterStore& store, const Target& target);

// `?number=`: one, with its `event` as it was given to the function and what the function wrote to
// `stderr` around the failure, as one text of lines. NotFound.
base::Result<std::string> show_dead_letter(triggers::DeadLetterStore& store, const Target& target);

// `{"numbers":[1,2]}`: `{"dropped":[...]}`, those that were there. Invalid: anything else.
base::Result<std::string> drop_dead_letters(triggers::DeadLetterStore& store,
                                            std::string_view body);

}  // namespace millbeck::runtime
