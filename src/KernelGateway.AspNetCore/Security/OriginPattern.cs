namespace KernelGateway.AspNetCore.Security;

/// <summary>All origins below a domain: <c>https://*.example.com</c>, with or without a port.</summary>
/// <remarks>The domain itself is not below it, as with host names. Scheme and port have to be the same ones.</remarks>
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

    /// <summary>Reads a pattern; null when the text is none.</summary>
    public static OriginPattern? TryParse(string text)
    {
        var host = text.IndexOf(SchemeEnd, StringComparison.Ordinal) + SchemeEnd.Length;
        if (host < SchemeEnd.Length || !text.AsSpan(host).StartsWith(Wildcard, StringComparison.Ordinal)) return null;
        var pattern = text.TrimEnd('/');

        // With a name in the place of the star it is an origin, and no star is left anywhere else.
        var example = string.Concat(pattern.AsSpan(0, host), "any.", pattern.AsSpan(host + Wildcard.Length));
        return IsOrigin(example) ? new OriginPattern(pattern[..host], pattern[(host + 1)..]) : null;
    }

    /// <summary>Says whether the text is one origin, as a browser writes it.</summary>
    public static bool IsOrigin(string text) =>
        !text.Contains('*', StringComparison.Ordinal)
        && Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.GetLeftPart(UriPartial.Authority) == text.TrimEnd('/');

    public bool Matches(string origin)
    {
        if (origin.Length <= _start.Length + _end.Length
            || !origin.StartsWith(_start, StringComparison.OrdinalIgnoreCase)
            || !origin.EndsWith(_end, StringComparison.OrdinalIgnoreCase)) return false;

        // What the star stands for is part of a host name and nothing else: no port, no credentials, no other host.
        var name = origin.AsSpan(_start.Length, origin.Length - _start.Length - _end.Length);
        foreach (var character in name)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('-' or '.' or '_')) return false;
        }

        return true;
    }
}
