// SPDX-License-Identifier: Apache-2.0

/// Text that somebody else chose, made harmless to look at: what cannot be seen becomes visible, nothing is deleted.
public enum VisibleText {
}
