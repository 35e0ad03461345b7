// SPDX-License-Identifier: Apache-2.0
import HostileText
import Testing

@Suite struct VisibleTextTests {}
