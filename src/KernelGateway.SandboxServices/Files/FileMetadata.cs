using System.Collections.Immutable;
using System.Text;
using KernelGateway.SandboxServices.Native;
using Microsoft.Win32.SafeHandles;

namespace KernelGateway.SandboxServices.Files;

/// <summary>The metadata of files: extended attributes with the prefix <c>user.e2b.</c></summary>
internal static class FileMetadata
{
    private const int MaxKeyBytes = 246;
    private const int MaxTotalBytes = 4096;

    internal static readonly IReadOnlyDictionary<string, string> None = ImmutableDictionary<string, string>.Empty;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static ReadOnlySpan<byte> Prefix => "user.e2b."u8;

    /// <summary>Reads the metadata of an open file; none where the file system has no attributes.</summary>
    internal static IReadOnlyDictionary<string, string> Read(SafeFileHandle file)
    {
        var path = LibC.ProcessPath(file);
        Dictionary<string, string>? metadata = null;
        foreach (var name in ExtendedAttributes.List(path))
        {
            if (!name.AsSpan().StartsWith(Prefix)) continue;
            if (ExtendedAttributes.Read(path, name) is not { } value) continue;
            if (TryDecode(name.AsSpan()[Prefix.Length..^1]) is not { } key || TryDecode(value) is not { } text) continue;
            (metadata ??= [])[key] = text;
        }

        return metadata ?? None;
    }

    /// <summary>Replaces the metadata of a file.</summary>
    /// <param name="file">The open file.</param>
    /// <param name="metadata">What <see cref="Check"/> gave.</param>
    /// <param name="isNew">Whether it was created just now, so that it has none.</param>
    /// <param name="path">Its path, for the message.</param>
    /// <exception cref="SandboxFileException">They do not fit, or may not be changed.</exception>
    internal static void Replace(SafeFileHandle file, IReadOnlyDictionary<string, string> metadata, bool isNew, string path)
    {
        if (isNew && metadata.Count == 0) return;
        var processPath = LibC.ProcessPath(file);
        foreach (var former in isNew ? [] : ExtendedAttributes.List(processPath))
        {
            if (!former.AsSpan().StartsWith(Prefix)) continue;
            if (ExtendedAttributes.Remove(processPath, former) is var error and not (0 or ErrorNumber.NoData))
                throw SandboxFileException.Create(error, path);
        }

        foreach (var (key, value) in metadata)
        {
            byte[] name = [.. Prefix, .. Encoding.ASCII.GetBytes(key), 0];
            var error = ExtendedAttributes.Write(processPath, name, Encoding.ASCII.GetBytes(value));
            if (error == ErrorNumber.NotSupported) return;
            if (error != 0) throw SandboxFileException.Create(error, path);
        }
    }

    /// <summary>
    /// Checks metadata, and gives them with keys in lower case. Of keys that differ in case only, the first counts.
    /// </summary>
    /// <exception cref="SandboxFileException">A key or a value is not allowed, or they are too large.</exception>
    internal static IReadOnlyDictionary<string, string> Check(IEnumerable<KeyValuePair<string, string>>? metadata)
    {
        if (metadata is null) return None;
        var result = new Dictionary<string, string>();
        var total = 0;
        foreach (var (key, value) in metadata)
        {
            var name = key.ToLowerInvariant();
            if (name.Length is 0 or > MaxKeyBytes) throw Invalid($"a key has 1 to {MaxKeyBytes} bytes");
            if (!name.All(IsPrintable))
                throw Invalid($"the key of {name.Length} characters has a byte that is not from 0x20 to 0x7E");
            if (!value.All(IsPrintable)) throw Invalid($"the value of key '{name}' has a byte that is not from 0x20 to 0x7E");
            if (result.TryAdd(name, value)) total += Prefix.Length + name.Length + value.Length;
        }

        return total <= MaxTotalBytes
            ? result
            : throw Invalid($"all keys and values have {total} bytes; {MaxTotalBytes} bytes are allowed");
    }

    private static bool IsPrintable(char character) => character is >= ' ' and <= '~';

    private static string? TryDecode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static SandboxFileException Invalid(string problem) =>
        new(FileErrorReason.InvalidMetadata, "", $"invalid metadata: {problem}");
}
