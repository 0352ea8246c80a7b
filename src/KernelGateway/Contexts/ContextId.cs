namespace KernelGateway.Contexts;

/// <summary>The id of a context, which is its kernel's: a GUID.</summary>
internal static class ContextId
{
    /// <summary>Returns the requested id in its canonical form, or a new one.</summary>
    /// <exception cref="ArgumentException">It is not a GUID.</exception>
    public static string Normalize(string? id)
    {
        if (string.IsNullOrEmpty(id)) return Guid.NewGuid().ToString("D");
        return Guid.TryParseExact(id, "D", out var guid)
            ? guid.ToString("D")
            : throw new ArgumentException($"'{id}' is not a GUID in the form 00000000-0000-0000-0000-000000000000.", nameof(id));
    }
}
