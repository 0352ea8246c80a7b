namespace KernelGateway.AspNetCore.Security;

/// <summary>All origins below a domain: <c>https://*.example.com</c>, with or without a port.</summary>
/// <remarks>The domain itself does not match, as with host names. Scheme and port have to be equal.</remarks>
internal sealed class OriginPattern
{
    private const string Wildcard = "*.";
    private const string SchemeEnd = "://";

    private readonly string _start;
    private readonly string _end;

    private OriginPattern(string start, string end)
    {
        _start = start;
        _end = end;
    }

    /// <summary>Parses a pattern; null when the text is not a pattern.</summary>
    public static OriginPattern? TryParse(string text)
    {
        var host = text.IndexOf(SchemeEnd, StringComparison.Ordinal) + SchemeEnd.Length;
        if (host < SchemeEnd.Length || !text.AsSpan(host).StartsWith(Wildcard, StringComparison.Ordinal)) return null;
        var pattern = text.TrimEnd('/');

        // With a name in place of the star the text must be an origin without another star.
        var example = string.Concat(pattern.AsSpan(0, host), "any.", pattern.AsSpan(host + Wildcard.Length));
        return IsOrigin(example) ? new OriginPattern(pattern[..host], pattern[(host + 1)..]) : null;
    }

    /// <summary>Returns whether the text is an origin as browsers write it.</summary>
    public static bool IsOrigin(string text) =>
        !text.Contains('*', StringComparison.Ordinal)
        && Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.GetLeftPart(UriPartial.Authority) == text.TrimEnd('/');

    public bool Matches(string origin)
    {
        if (origin.Length <= _start.Length + _end.Length
            || !origin.StartsWith(_start, StringComparison.OrdinalIgnoreCase)
            || !origin.EndsWith(_end, StringComparison.OrdinalIgnoreCase)) return false;

        // The star matches only characters of host names: no port, no credentials, no other host.
        var name = origin.AsSpan(_start.Length, origin.Length - _start.Length - _end.Length);
        foreach (var character in name)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('-' or '.' or '_')) return false;
        }

        return true;
    }
}
