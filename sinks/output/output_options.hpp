// What a sink of standard output is opened with.
#pragma once

#include "sinks/message_form.hpp"

namespace millbeck::sinks {

struct OutputOptions {
    MessageForm form = MessageForm::Records;
    RowMapping mapping{};  // of rows
    int descriptor = 1;    // an open one, borrowed; 1: standard output
};

}  // namespace millbeck::sinks
