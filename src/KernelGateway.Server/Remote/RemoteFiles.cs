using System.Net.Http.Headers;
using KernelGateway.AspNetCore.Envd.Messages;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Server.Remote;

/// <summary>The content of a remote file.</summary>
/// <param name="Stream">The bytes.</param>
/// <param name="Length">Their number; null when the gateway does not know it.</param>
/// <param name="Response">The answer that they are in.</param>
internal sealed record RemoteContent(Stream Stream, long? Length, HttpResponseMessage Response) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync();
        Response.Dispose();
    }
}

/// <summary>The files of a remote gateway. Paths are those of its machine.</summary>
internal sealed class RemoteFiles(RemoteGateway gateway, string? user)
{
    private const string Service = "filesystem.Filesystem/";

    // The gateway may refuse a body. Of a longer one its answer is waited for before the body is sent.
    private const long SmallBodyBytes = 64 * 1024;

    private readonly ConnectClient _client = new(gateway);

    /// <summary>Describes a file or directory; null when there is none.</summary>
    /// <exception cref="RemoteException">It failed.</exception>
    public async Task<EntryInfo?> FindAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var request = new StatRequest { Path = path };
            return (await _client.CallAsync<StatResponse>(Service + "Stat", request, cancellationToken)).Entry;
        }
        catch (RemoteException exception) when (exception.Problem == RemoteProblem.NotFound)
        {
            return null;
        }
    }

    /// <summary>Lists the entries of a directory.</summary>
    /// <exception cref="RemoteException">It failed.</exception>
    public async Task<IReadOnlyList<EntryInfo>> ListAsync(string path, CancellationToken cancellationToken)
    {
        var request = new ListDirRequest { Path = path, Depth = 1 };
        return (await _client.CallAsync<ListDirResponse>(Service + "ListDir", request, cancellationToken)).Entries;
    }

    /// <summary>Makes a directory and its parents where they do not exist.</summary>
    /// <exception cref="RemoteException">It failed.</exception>
    public async Task MakeDirectoryAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await _client.CallAsync<MakeDirResponse>(Service + "MakeDir", new MakeDirRequest { Path = path }, cancellationToken);
        }
        catch (RemoteException exception) when (exception.Problem == RemoteProblem.AlreadyExists)
        {
            // A file of that name has another error.
        }
    }

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="RemoteException">It failed.</exception>
    public async Task<RemoteContent> OpenReadAsync(string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, GetUrl(path));
        var response = await gateway.SendAsync(request, cancellationToken);
        if (response.IsSuccessStatusCode)
        {
            return new RemoteContent(
                await response.Content.ReadAsStreamAsync(cancellationToken), response.Content.Headers.ContentLength, response);
        }

        using (response) throw await RemoteErrors.ReadAsync(gateway, response, cancellationToken);
    }

    /// <summary>Writes a file, and makes its parents.</summary>
    /// <param name="path">The path.</param>
    /// <param name="content">The content.</param>
    /// <param name="length">Its length; null when it is not known.</param>
    /// <param name="cancellationToken">Gives up; a file that was created is removed.</param>
    /// <returns>The absolute path.</returns>
    /// <exception cref="RemoteException">It failed.</exception>
    public async Task<string> WriteAsync(string path, Stream content, long? length, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, GetUrl(path)) { Content = new StreamContent(content) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        request.Content.Headers.ContentLength = length;
        request.Headers.TransferEncodingChunked = length is null;
        request.Headers.ExpectContinue = length is null or > SmallBodyBytes;
        using var response = await gateway.SendAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode) throw await RemoteErrors.ReadAsync(gateway, response, cancellationToken);
        try
        {
            var written = JToken.Parse(await response.Content.ReadAsStringAsync(cancellationToken));
            return (string?)written[0]?["path"] ?? path;
        }
        catch (JsonException exception)
        {
            throw new RemoteException(RemoteProblem.Other, $"The server at {gateway.Address} is not a gateway.", exception);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw gateway.Unreachable(exception);
        }
    }

    private string GetUrl(string path)
    {
        var url = $"files?path={Uri.EscapeDataString(path)}";
        return user is null ? url : $"{url}&username={Uri.EscapeDataString(user)}";
    }
}
