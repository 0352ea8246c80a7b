using KernelGateway.Client.Http;

namespace KernelGateway.Client;

/// <summary>The options with the variables of the environment and the defaults applied. Does not change.</summary>
internal sealed class SandboxSettings
{
    public const int ServicesPort = 49983;
    public const int InterpreterPort = 49999;
    public const string DebugSandboxId = "debug_sandbox_id";

    private const string DefaultDomain = "e2b.app";

    // The service's own domains have one host for the services of all sandboxes.
    private static readonly string[] SharedHostDomains = [DefaultDomain, "e2b.dev", "e2b.pro", "e2b-staging.dev"];

    // One for the process, so that connections are shared.
    internal static readonly HttpClient SharedClient = DefaultHttpClient.Create();

    public SandboxSettings(SandboxClientOptions options, Func<string, string?> variable)
    {
        if (options.RequestTimeout <= TimeSpan.Zero && options.RequestTimeout != Timeout.InfiniteTimeSpan)
            throw new ArgumentException("SandboxClientOptions.RequestTimeout is above zero, or Timeout.InfiniteTimeSpan for no limit.", nameof(options));
        if (options.MaxRetries < 0) throw new ArgumentException("SandboxClientOptions.MaxRetries is not below zero.", nameof(options));
        IsDebug = options.Debug ?? string.Equals(Variable("E2B_DEBUG"), "true", StringComparison.OrdinalIgnoreCase);
        Domain = options.Domain ?? Variable("E2B_DOMAIN") ?? DefaultDomain;
        ApiUrl = CheckUrl(options.ApiUrl ?? Variable("E2B_API_URL") ?? (IsDebug ? "http://localhost:3000" : $"https://api.{Domain}"), nameof(options.ApiUrl));
        SandboxUrl = (options.SandboxUrl ?? Variable("E2B_SANDBOX_URL")) is { } url ? CheckUrl(url, nameof(options.SandboxUrl)) : null;
        ApiKey = options.ApiKey ?? Variable("E2B_API_KEY");
        AccessToken = options.AccessToken ?? Variable("E2B_ACCESS_TOKEN");
        RequestTimeout = options.RequestTimeout;
        MaxRetries = options.MaxRetries;
        Headers = Copy(options.Headers);
        ApiHeaders = Copy(options.ApiHeaders);
        Http = options.HttpClient ?? SharedClient;
        Time = options.TimeProvider;

        string? Variable(string name) => variable(name) is { Length: > 0 } value ? value : null;
    }

    public bool IsDebug { get; }

    public string Domain { get; }

    public string ApiUrl { get; }

    public string? SandboxUrl { get; }

    public string? ApiKey { get; }

    public string? AccessToken { get; }

    public TimeSpan RequestTimeout { get; }

    public int MaxRetries { get; }

    public IReadOnlyDictionary<string, string> Headers { get; }

    public IReadOnlyDictionary<string, string> ApiHeaders { get; }

    public HttpClient Http { get; }

    public TimeProvider Time { get; }

    public static SandboxSettings Create(SandboxClientOptions? options) => new(options ?? new SandboxClientOptions(), Environment.GetEnvironmentVariable);

    /// <summary>Returns the host name of a port of a sandbox.</summary>
    public string HostOf(int port, string sandboxId, string domain) => IsDebug ? $"localhost:{port}" : $"{port}-{sandboxId}.{domain}";

    /// <summary>Returns the address to which requests for a port of a sandbox go; it has no slash at its end.</summary>
    public string UrlOf(int port, string sandboxId, string domain)
    {
        if (SandboxUrl is { } url) return url;
        if (IsDebug) return $"http://localhost:{port}";
        return port == ServicesPort && SharedHostDomains.Contains(domain) ? $"https://sandbox.{domain}" : DirectUrlOf(port, sandboxId, domain);
    }

    /// <summary>Returns the address for a program that sends no headers, such as a browser.</summary>
    public string DirectUrlOf(int port, string sandboxId, string domain)
    {
        if (SandboxUrl is { } url) return url;
        return IsDebug ? $"http://localhost:{port}" : $"https://{HostOf(port, sandboxId, domain)}";
    }

    private static Dictionary<string, string> Copy(IReadOnlyDictionary<string, string>? headers) =>
        headers is null ? [] : new Dictionary<string, string>(headers, StringComparer.OrdinalIgnoreCase);

    private static string CheckUrl(string url, string name) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? url.TrimEnd('/')
            : throw new ArgumentException($"SandboxClientOptions.{name} is '{url}', which is not an address that begins with http:// or https://.");
}
