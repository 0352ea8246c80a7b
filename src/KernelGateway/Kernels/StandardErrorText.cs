namespace KernelGateway.Kernels;

/// <summary>Compares two readings of the last part of a process's standard error.</summary>
internal static class StandardErrorText
{
    /// <summary>Returns what the later reading has beyond the earlier one.</summary>
    /// <remarks>Only the last bytes are kept: the later reading may begin anywhere in the earlier one, or behind it.</remarks>
    public static string After(string earlier, string later)
    {
        for (var start = 0; start < earlier.Length; start++)
        {
            if (later.AsSpan().StartsWith(earlier.AsSpan(start), StringComparison.Ordinal)) return later[(earlier.Length - start)..];
        }

        return later;
    }
}
