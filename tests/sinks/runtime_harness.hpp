// A handler sink of protocol runtime on the test function program, or on a file in a language.
#pragma once

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/sinks/handler_harness.hpp"

namespace millbeck::sinks {

class RuntimeHandlerTest : public HandlerTest {
  protected:
    HandlerOptions function(std::vector<std::string> mode) {
        HandlerOptions options = function_options(std::move(mode));
        options.lambda.code = folder.path();
        options.lambda.handler = "app.handler";
        options.lambda.init_timeout = kAmple;
        return options;
    }
    void open_mode(std::vector<std::string> mode) { open(function(std::move(mode))); }

    // A function in a language of its own.
    void open_source(const std::string& runtime, const std::string& name, const std::string& text) {
        std::ofstream(folder.path() / name) << text;
        HandlerOptions options = function({});
        options.command.clear();
        options.lambda.runtime = runtime;
        open(options);
    }

    std::string file(const std::string& name) { return (folder.path() / name).native(); }
};

}  // namespace millbeck::sinks
