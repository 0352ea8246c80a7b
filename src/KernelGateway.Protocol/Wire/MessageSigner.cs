using System.Security.Cryptography;
using System.Text;

namespace KernelGateway.Protocol.Wire;

/// <summary>Signs messages with a connection's key and checks the signatures of received ones.</summary>
/// <remarks>
/// Jupyter messaging 5.x, The Wire Protocol: the lower-case hexadecimal HMAC of the four serialised parts, concatenated. Buffers
/// and routing frames are not covered. May be used by several threads at once.
/// </remarks>
public sealed class MessageSigner : IDisposable
{
    /// <summary>The scheme every kernel understands and the only one some of them do.</summary>
    public const string DefaultScheme = "hmac-sha256";

    private const int MaxDigestBytes = 64;
    private const int MaxGatheredBytes = 1024;

    // Keyed hashes that are not in use. Their number is that of the threads that sign at the same time on one connection: its
    // readers and one or two senders.
    private readonly IncrementalHash?[] _idle = new IncrementalHash?[4];
    private readonly HashAlgorithmName _algorithm;
    private readonly int _digestBytes;
    private readonly byte[] _key;
    private volatile bool _isDisposed;

    private MessageSigner(byte[] key, HashAlgorithmName algorithm, int digestBytes, string scheme)
    {
        _key = key;
        _algorithm = algorithm;
        _digestBytes = digestBytes;
        Scheme = scheme;
    }

    /// <summary>Gets a signer without a key: its signatures are empty, and it accepts every signature.</summary>
    public static MessageSigner Disabled { get; } = Create("");

    /// <summary>Gets whether there is a key. Without a key everybody who can reach the sockets can run code.</summary>
    public bool IsEnabled => _key.Length > 0;

    /// <summary>Gets the signature scheme.</summary>
    public string Scheme { get; }

    /// <summary>Makes a signer for the key of a connection file.</summary>
    /// <param name="key">The key; its UTF-8 bytes are used unchanged, and are not decoded as hexadecimal. Empty means
    /// unsigned.</param>
    /// <param name="scheme">One of <c>hmac-sha256</c>, <c>hmac-md5</c> and <c>hmac-sha512</c>.</param>
    /// <returns>The signer.</returns>
    /// <exception cref="NotSupportedException">The scheme is another one.</exception>
    public static MessageSigner Create(string key, string scheme = DefaultScheme)
    {
        ArgumentNullException.ThrowIfNull(key);
        return TryResolve(scheme, out var algorithm, out var digestBytes)
            ? new MessageSigner(Encoding.UTF8.GetBytes(key), algorithm, digestBytes, scheme)
            : throw new NotSupportedException(
                $"Signature scheme '{scheme}' is unknown; known are hmac-sha256, hmac-sha512 and hmac-md5.");
    }

    /// <summary>Returns whether a signature scheme is supported.</summary>
    /// <param name="scheme">The scheme.</param>
    /// <returns>Whether <see cref="Create"/> takes it.</returns>
    public static bool IsKnownScheme(string? scheme) => TryResolve(scheme, out _, out _);

    /// <summary>Signs the four parts of a message.</summary>
    /// <param name="header">The header as it will be sent.</param>
    /// <param name="parentHeader">The parent header as it will be sent.</param>
    /// <param name="metadata">The metadata as it will be sent.</param>
    /// <param name="content">The content as it will be sent.</param>
    /// <returns>The signature frame: hexadecimal ASCII, empty without a key.</returns>
    public ReadOnlyMemory<byte> Sign(
        ReadOnlyMemory<byte> header, ReadOnlyMemory<byte> parentHeader, ReadOnlyMemory<byte> metadata,
        ReadOnlyMemory<byte> content)
    {
        if (!IsEnabled) return default;
        Span<byte> digest = stackalloc byte[MaxDigestBytes];
        digest = digest[..Hash(header, parentHeader, metadata, content, digest)];
        var signature = new byte[digest.Length * 2];
        Convert.TryToHexStringLower(digest, signature, out _);
        return signature;
    }

    /// <summary>
    /// Checks a signature against the four parts of a message, in a time that does not depend on where they differ.
    /// </summary>
    /// <param name="signature">The signature frame.</param>
    /// <param name="header">The header as it was received.</param>
    /// <param name="parentHeader">The parent header as it was received.</param>
    /// <param name="metadata">The metadata as it was received.</param>
    /// <param name="content">The content as it was received.</param>
    /// <returns>
    /// Whether the message may be trusted. Without a key every signature is accepted: IRkernel signs even then.
    /// </returns>
    public bool Verify(
        ReadOnlySpan<byte> signature, ReadOnlyMemory<byte> header, ReadOnlyMemory<byte> parentHeader,
        ReadOnlyMemory<byte> metadata, ReadOnlyMemory<byte> content)
    {
        if (!IsEnabled) return true;
        // The length is not a secret, so a frame of another one is not worth hashing a megabyte of content for.
        if (signature.Length != _digestBytes * 2) return false;
        Span<byte> digest = stackalloc byte[MaxDigestBytes];
        digest = digest[..Hash(header, parentHeader, metadata, content, digest)];
        Span<byte> expected = stackalloc byte[MaxDigestBytes * 2];
        Convert.TryToHexStringLower(digest, expected, out var length);
        return CryptographicOperations.FixedTimeEquals(expected[..length], signature);
    }

    /// <summary>Frees the keyed hashes that are kept for the next message. Later calls create their own.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        while (Take() is { } hash) hash.Dispose();
    }

    private int Hash(
        ReadOnlyMemory<byte> header, ReadOnlyMemory<byte> parentHeader, ReadOnlyMemory<byte> metadata,
        ReadOnlyMemory<byte> content, Span<byte> digest)
    {
        // A rented hash is owned exclusively until it is returned.
        var hash = Take() ?? IncrementalHash.CreateHMAC(_algorithm, _key);
        // Each call into the hash costs as much as hashing 200 bytes: small parts are gathered first.
        Span<byte> gathered = stackalloc byte[MaxGatheredBytes];
        var count = 0;
        Append(hash, header.Span, gathered, ref count);
        Append(hash, parentHeader.Span, gathered, ref count);
        Append(hash, metadata.Span, gathered, ref count);
        Append(hash, content.Span, gathered, ref count);
        hash.AppendData(gathered[..count]);
        var length = hash.GetHashAndReset(digest);
        Return(hash);
        return length;
    }

    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> part, Span<byte> gathered, ref int count)
    {
        if (part.TryCopyTo(gathered[count..]))
        {
            count += part.Length;
            return;
        }
        hash.AppendData(gathered[..count]);
        hash.AppendData(part);
        count = 0;
    }

    private IncrementalHash? Take()
    {
        for (var i = 0; i < _idle.Length; i++)
        {
            if (Interlocked.Exchange(ref _idle[i], null) is { } hash) return hash;
        }
        return null;
    }

    private void Return(IncrementalHash hash)
    {
        for (var i = 0; i < _idle.Length && !_isDisposed; i++)
        {
            if (Interlocked.CompareExchange(ref _idle[i], hash, null) is not null) continue;

            // Disposed in the meantime: the disposal may have examined this slot before.
            if (_isDisposed) Interlocked.Exchange(ref _idle[i], null)?.Dispose();
            return;
        }

        hash.Dispose();
    }

    private static bool TryResolve(string? scheme, out HashAlgorithmName algorithm, out int digestBytes)
    {
        (algorithm, digestBytes) = scheme switch
        {
            "hmac-sha256" => (HashAlgorithmName.SHA256, 32),
            "hmac-sha512" => (HashAlgorithmName.SHA512, 64),
            "hmac-md5" => (HashAlgorithmName.MD5, 16),
            _ => (default, 0),
        };
        return digestBytes > 0;
    }
}
