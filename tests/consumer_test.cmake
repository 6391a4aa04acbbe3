# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# cmake -DPROJECT=<folder> -DBUILD=<folder> -DGENERATOR=<name> -DOPTIONS=<file> -P consumer_test.cmake
#
# Configures and builds a consumer project and runs what it made. OPTIONS is a file for cmake's -C.

set(ENV{LC_ALL}) # ctest sets it, and a compiler cache takes another locale for another compilation
set(ENV{LC_MESSAGES})
execute_process(COMMAND "${CMAKE_COMMAND}" -S "${PROJECT}" -B "${BUILD}" -G "${GENERATOR}" -C "${OPTIONS}"
                COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${CMAKE_COMMAND}" --build "${BUILD}" COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${BUILD}/consumer" COMMAND_ERROR_IS_FATAL ANY)
