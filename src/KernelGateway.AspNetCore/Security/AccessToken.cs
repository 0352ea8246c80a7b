using System.Security.Cryptography;
using System.Text;

namespace KernelGateway.AspNetCore.Security;

/// <summary>A token that requests may carry: its name and its digest, not the token itself.</summary>
/// <remarks>The one that a request carried is a feature of its <c>HttpContext</c>.</remarks>
internal sealed class AccessToken
{
    /// <summary>The name of the token of <see cref="KernelGatewayHttpOptions.Token"/>.</summary>
    public const string DefaultName = "default";

    private readonly byte[] _digest;
    private readonly CancellationTokenSource? _withdrawn;   // has no timer, so it needs no disposal

    private AccessToken(string name, byte[] digest, DateTimeOffset? expires, CancellationTokenSource? withdrawn)
    {
        Name = name;
        _digest = digest;
        Expires = expires;
        _withdrawn = withdrawn;
    }

    public string Name { get; }

    /// <summary>Gets from when on it is not accepted; null for never.</summary>
    public DateTimeOffset? Expires { get; }

    /// <summary>Gets the token that is cancelled when requests with this access token have to end.</summary>
    public CancellationToken Withdrawn => _withdrawn?.Token ?? CancellationToken.None;

    /// <summary>Creates the token of the options, which is valid until the process ends.</summary>
    public static AccessToken CreateDefault(string token) => new(DefaultName, Digest(token), expires: null, withdrawn: null);

    /// <summary>Creates a token of a token file.</summary>
    public static AccessToken CreateNamed(string name, byte[] digest, DateTimeOffset? expires) => new(name, digest, expires, new CancellationTokenSource());

    /// <summary>Returns the digest of a token: SHA-256 of its UTF-8 bytes.</summary>
    public static byte[] Digest(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>Compares in fixed time, so that the time reveals neither the content nor the length of the token.</summary>
    public bool Matches(ReadOnlySpan<byte> digest) => CryptographicOperations.FixedTimeEquals(digest, _digest);

    /// <summary>Returns whether the other one differs in its expiry at most.</summary>
    public bool IsSameAs(AccessToken other) => Name == other.Name && Matches(other._digest);

    /// <summary>Returns this token with another expiry. Open requests that carried this one end with the returned one.</summary>
    public AccessToken WithExpiry(DateTimeOffset? expires) =>
        new(Name, _digest, expires, _withdrawn is { IsCancellationRequested: false } ? _withdrawn : new CancellationTokenSource());

    public bool IsExpired(DateTimeOffset now) => Expires <= now;

    /// <summary>Ends the requests that carried it. Returns at once.</summary>
    public void Withdraw() => _ = _withdrawn?.CancelAsync();
}
