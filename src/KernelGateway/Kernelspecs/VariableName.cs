namespace KernelGateway.Kernelspecs;

/// <summary>Checks names of environment variables, and patterns for them.</summary>
internal static class VariableName
{
    /// <summary>Returns whether a variable can have this name.</summary>
    public static bool IsPossible(string name) => name.Length > 0 && !name.AsSpan().ContainsAny('=', '\0');

    /// <summary>
    /// Returns whether a pattern matches a name: it is the name, or a beginning of the name with <c>*</c> after it.
    /// </summary>
    public static bool IsMatch(string pattern, string name) =>
        pattern.EndsWith('*') ? name.StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.Ordinal) : name == pattern;
}
