namespace KernelGateway.Server.Remote;

/// <summary>Where a gateway listens.</summary>
/// <param name="Url">Its base address, which ends with a slash.</param>
/// <param name="SocketPath">The Unix socket that it listens on; null for TCP.</param>
internal sealed record RemoteAddress(Uri Url, string? SocketPath)
{
    private const string SocketPrefix = "unix:";

    /// <summary>Reads an address; null when the text is not one.</summary>
    /// <param name="text">An address with http or https and a base path if there is one, or <c>unix:PATH</c>.</param>
    public static RemoteAddress? TryParse(string text)
    {
        if (text.StartsWith(SocketPrefix, StringComparison.OrdinalIgnoreCase))
        {
            var path = text[SocketPrefix.Length..];
            return path.Length == 0 ? null : new RemoteAddress(new Uri("http://localhost/"), Path.GetFullPath(path));
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var url)) return null;
        if (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps) return null;
        return new RemoteAddress(new Uri(url.GetLeftPart(UriPartial.Path).TrimEnd('/') + "/"), SocketPath: null);
    }

    public override string ToString() => SocketPath is null ? Url.ToString().TrimEnd('/') : SocketPrefix + SocketPath;
}
