using System.Text;
using KernelGateway.AspNetCore.Auditing;
using KernelGateway.AspNetCore.Legacy.Rpc;
using KernelGateway.SandboxServices;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Watching;

namespace KernelGateway.AspNetCore.Legacy.Services;

/// <summary>The service <c>filesystem</c>: files and watches.</summary>
/// <param name="surface">The clock of the notifications, and the audit log.</param>
/// <param name="sandbox">The services behind it.</param>
/// <param name="readKernelIdAsync">Returns the content of the file in which the code interpreter's client looks for its kernel.</param>
internal sealed class FilesystemMethods(HttpSurface surface, LocalSandbox sandbox, Func<Task<string>> readKernelIdAsync) : IRpcService
{
    // A file is one message. Base64 makes it a third longer, JSON text up to six times.
    private const long MaxFileBytes = 64 << 20;

    private const string KernelIdPath = "/root/.jupyter/kernel_id";

    // The clients count on "create, write" for a new file and on "write" for an existing one, and on the failure without a parent.
    private static readonly FileWriteOptions InPlace = new() { CreatesParents = false, SetsOwner = false };

    public string Name => "filesystem";

    private SandboxFiles Files => sandbox.GetFiles(null);

    public Task<object?>? CallAsync(string method, RpcParameters parameters) => method switch
    {
        "list" => RunAsync("list", parameters, 1, ListAsync),
        "read" => RunAsync("read", parameters, 1, ReadTextAsync),
        "readBase64" => RunAsync("read", parameters, 1, ReadBase64Async),
        "write" => RunAsync("write", parameters, 2, path => WriteAsync(path, Encoding.UTF8.GetBytes(parameters.GetString(1)))),
        "writeBase64" => RunAsync("write", parameters, 2, path => WriteAsync(path, DecodeBase64(parameters.GetString(1)))),
        "makeDir" => RunAsync("make directory", parameters, 1, MakeDirectoryAsync),
        "remove" => RunAsync("remove", parameters, 1, RemoveAsync),
        _ => null,
    };

    public Task<IAsyncDisposable>? SubscribeAsync(string topic, RpcParameters parameters, RpcSubscription subscription) =>
        topic == "watchDir" ? WatchAsync(parameters.GetString(1), parameters.Caller, subscription) : null;

    private async Task<object?> RunAsync(string operation, RpcParameters parameters, int count, Func<string, Task<object?>> call)
    {
        parameters.CheckCount(count);
        var path = parameters.GetString(0);
        var result = await call(path);
        surface.SandboxAudit.File(parameters.Caller, operation, Files.ResolvePath(path));
        return result;
    }

    private static byte[] DecodeBase64(string text)
    {
        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException exception)
        {
            throw RpcException.Of($"error decoding bytes from base64: {exception.Message}");
        }
    }

    private static RpcException Failure(string action, string path, string call, SandboxFileException exception) =>
        RpcException.Of($"error {action} '{path}': {call} {exception.Path}: {exception.SystemErrorText}");

    private async Task<object?> ListAsync(string path)
    {
        try
        {
            var entries = await Files.ListAsync(path);
            return entries.Select(entry => new Dictionary<string, object?>
            {
                ["name"] = entry.Name,
                ["isDir"] = entry.Type == FileEntryType.Directory && entry.SymlinkTarget is null,
            });
        }
        catch (SandboxFileException exception)
        {
            throw Failure("listing files in", path, "open", exception);
        }
    }

    private async Task<object?> ReadTextAsync(string path)
    {
        if (path == KernelIdPath && !await Files.ExistsAsync(path)) return await readKernelIdAsync();
        return Encoding.UTF8.GetString((await ReadAsync(path)).Span);
    }

    private async Task<object?> ReadBase64Async(string path) => Convert.ToBase64String((await ReadAsync(path)).Span);

    private async Task<ReadOnlyMemory<byte>> ReadAsync(string path)
    {
        try
        {
            await using var content = await Files.OpenReadAsync(path);
            using var buffer = new MemoryStream();
            await content.OpenStream(0, MaxFileBytes + 1).CopyToAsync(buffer);
            return buffer.Length <= MaxFileBytes
                ? buffer.GetBuffer().AsMemory(0, (int)buffer.Length)
                : throw RpcException.Of(
                    $"error reading file '{path}': it is larger than {MaxFileBytes >> 20} MiB; download it with GET /file");
        }
        catch (SandboxFileException exception)
        {
            throw Failure("reading file", path, "open", exception);
        }
    }

    private async Task<object?> WriteAsync(string path, byte[] content)
    {
        try
        {
            using var stream = new MemoryStream(content, writable: false);
            await Files.WriteAsync(path, stream, InPlace);
            return null;
        }
        catch (SandboxFileException exception)
        {
            throw Failure("writing to file", path, "open", exception);
        }
    }

    private async Task<object?> MakeDirectoryAsync(string path)
    {
        try
        {
            await Files.MakeDirectoryAsync(path);
        }
        catch (SandboxFileException exception) when (exception.Reason == FileErrorReason.AlreadyExists)
        {
            // As upstream: a directory that is there is no failure.
        }
        catch (SandboxFileException exception)
        {
            throw Failure("creating a new directory", path, "mkdir", exception);
        }

        return null;
    }

    private async Task<object?> RemoveAsync(string path)
    {
        try
        {
            await Files.RemoveAsync(path);
            return null;
        }
        catch (SandboxFileException exception)
        {
            throw Failure("removing file or directory", path, "unlinkat", exception);
        }
    }

    private async Task<IAsyncDisposable> WatchAsync(string path, AuditCaller caller, RpcSubscription subscription)
    {
        try
        {
            // Python's client sends the slash at the end.
            var directory = path.Length > 1 ? path.TrimEnd('/') : path;
            var watch = await sandbox.Watcher.WatchAsync(Files, directory, new WatchOptions { IncludesEntries = true });
            surface.SandboxAudit.File(caller, "watch", Files.ResolvePath(directory));
            _ = NotifyAsync(watch, subscription);
            return watch;
        }
        catch (SandboxFileException exception) when (exception.Reason is FileErrorReason.NotFound)
        {
            throw RpcException.Of($"error adding path to dwatcher: '{path}': doesn't exist. Only existing paths are supported");
        }
        catch (SandboxFileException exception) when (exception.Reason is FileErrorReason.NotADirectory)
        {
            throw RpcException.Of($"error adding path to dwatcher: '{path}': is not a directory. Only directories are supported");
        }
        catch (SandboxFileException exception)
        {
            throw RpcException.Of($"error adding path to dwatcher: '{path}': {exception.SystemErrorText}");
        }
    }

    private async Task NotifyAsync(DirectoryWatch watch, RpcSubscription subscription)
    {
        try
        {
            await foreach (var happened in watch.ReadAllAsync(subscription.Ended))
            {
                if (happened.Kind == WatchEventKind.Overflow) continue;

                // A file that has gone has no description; the event of its removal follows.
                var isGone = happened.Kind is WatchEventKind.Remove or WatchEventKind.Rename;
                if (!isGone && happened.Entry is null) continue;
                var isSent = await subscription.NotifyAsync(new Dictionary<string, object?>
                {
                    ["path"] = happened.Path,
                    ["name"] = System.IO.Path.GetFileName(happened.Path),
                    ["operation"] = happened.Kind.ToString(),
                    ["timestamp"] = UnixNanoseconds.Now(surface.Time),
                    ["isDir"] = !isGone && happened.Entry is { Type: FileEntryType.Directory, SymlinkTarget: null },
                });
                if (!isSent) return;
            }
        }
        catch (OperationCanceledException)
        {
            // The connection has ended.
        }
    }
}
