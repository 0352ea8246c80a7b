using System.Runtime.CompilerServices;
using KernelGateway.AspNetCore.Envd.Common;
using KernelGateway.AspNetCore.Envd.Connect;
using KernelGateway.AspNetCore.Envd.Messages;
using KernelGateway.SandboxServices;
using KernelGateway.SandboxServices.Files;
using KernelGateway.SandboxServices.Watching;

namespace KernelGateway.AspNetCore.Envd.Filesystem;

/// <summary>E2B's service for files and directory watches.</summary>
internal sealed class FilesystemService(HttpSurface surface, LocalSandbox sandbox)
{
    private readonly PolledWatchers _watchers = new(surface.Time);

    /// <summary>Creates the service with its methods.</summary>
    public static ConnectService Create(HttpSurface surface, LocalSandbox sandbox)
    {
        var methods = new FilesystemService(surface, sandbox);
        var service = new ConnectService("filesystem.Filesystem", surface, FilesystemErrors.Translate);
        service.AddUnary<StatRequest, StatResponse>("Stat", methods.StatAsync);
        service.AddUnary<ListDirRequest, ListDirResponse>("ListDir", methods.ListAsync);
        service.AddUnary<MakeDirRequest, MakeDirResponse>("MakeDir", methods.MakeDirectoryAsync);
        service.AddUnary<MoveRequest, MoveResponse>("Move", methods.MoveAsync);
        service.AddUnary<RemoveRequest, RemoveResponse>("Remove", methods.RemoveAsync);
        service.AddServerStream<WatchDirRequest, WatchDirResponse>(
            "WatchDir",
            (request, call) => methods.WatchAsync(request, call, call.Cancellation),
            new WatchDirResponse { Keepalive = new WatchDirResponse.Types.KeepAlive() });
        service.AddUnary<CreateWatcherRequest, CreateWatcherResponse>("CreateWatcher", methods.CreateWatcherAsync);
        service.AddUnary<GetWatcherEventsRequest, GetWatcherEventsResponse>("GetWatcherEvents", methods.GetWatcherEventsAsync);
        service.AddUnary<RemoveWatcherRequest, RemoveWatcherResponse>("RemoveWatcher", methods.RemoveWatcherAsync);
        return service;
    }

    private async Task<StatResponse> StatAsync(StatRequest request, ConnectCall call)
    {
        var entry = await FilesystemErrors.RunAsync(
            Files(call).GetEntryAsync(request.Path, call.Cancellation), FilesystemErrors.OfStat);
        surface.SandboxAudit.File(call.HttpContext, "stat", entry.Path);
        return new StatResponse { Entry = EntryMessages.Create(entry) };
    }

    private async Task<ListDirResponse> ListAsync(ListDirRequest request, ConnectCall call)
    {
        var depth = (int)Math.Clamp(request.Depth, 1, int.MaxValue);
        var files = Files(call);
        var entries = await FilesystemErrors.RunAsync(
            files.ListAsync(request.Path, depth, call.Cancellation), FilesystemErrors.OfListing);
        surface.SandboxAudit.File(call.HttpContext, "list", files.ResolvePath(request.Path));
        return new ListDirResponse { Entries = { entries.Select(EntryMessages.Create) } };
    }

    private async Task<MakeDirResponse> MakeDirectoryAsync(MakeDirRequest request, ConnectCall call)
    {
        var files = Files(call);
        var path = files.ResolvePath(request.Path).TrimEnd('/');
        var entry = await FilesystemErrors.RunAsync(
            files.MakeDirectoryAsync(request.Path, call.Cancellation), FilesystemErrors.OfMaking(path));
        surface.SandboxAudit.File(call.HttpContext, "make directory", entry.Path);
        return new MakeDirResponse { Entry = EntryMessages.Create(entry) };
    }

    private async Task<MoveResponse> MoveAsync(MoveRequest request, ConnectCall call)
    {
        var files = Files(call);
        var entry = await FilesystemErrors.RunAsync(
            files.MoveAsync(request.Source, request.Destination, call.Cancellation), FilesystemErrors.OfMove);
        surface.SandboxAudit.Moved(call.HttpContext, files.ResolvePath(request.Source), entry.Path);
        return new MoveResponse { Entry = EntryMessages.Create(entry) };
    }

    private async Task<RemoveResponse> RemoveAsync(RemoveRequest request, ConnectCall call)
    {
        var files = Files(call);
        await files.RemoveAsync(request.Path, call.Cancellation);
        surface.SandboxAudit.File(call.HttpContext, "remove", files.ResolvePath(request.Path));
        return new RemoveResponse();
    }

    private async IAsyncEnumerable<WatchDirResponse> WatchAsync(
        WatchDirRequest request, ConnectCall call, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var options = new WatchOptions
        {
            IsRecursive = request.Recursive,
            IncludesEntries = request.IncludeEntry,
            AllowsNetworkMounts = request.AllowNetworkMounts,
        };
        await using var watch = await StartWatchAsync(request.Path, options, call);
        yield return new WatchDirResponse { Start = new WatchDirResponse.Types.StartEvent() };
        await foreach (var happened in watch.ReadAllAsync(cancellationToken))
        {
            if (happened.Kind == WatchEventKind.Overflow) throw PolledWatchers.LostEvents(watch);
            yield return new WatchDirResponse { Filesystem = EntryMessages.Create(happened) };
        }
    }

    private async Task<CreateWatcherResponse> CreateWatcherAsync(CreateWatcherRequest request, ConnectCall call)
    {
        var options = new WatchOptions
        {
            IsRecursive = request.Recursive,
            IncludesEntries = request.IncludeEntry,
            AllowsNetworkMounts = request.AllowNetworkMounts,
        };
        return new CreateWatcherResponse { WatcherId = await _watchers.AddAsync(await StartWatchAsync(request.Path, options, call)) };
    }

    private async Task<GetWatcherEventsResponse> GetWatcherEventsAsync(GetWatcherEventsRequest request, ConnectCall call)
    {
        var events = await _watchers.TakeAsync(request.WatcherId, call.Cancellation);
        return new GetWatcherEventsResponse { Events = { events.Select(EntryMessages.Create) } };
    }

    private async Task<RemoveWatcherResponse> RemoveWatcherAsync(RemoveWatcherRequest request, ConnectCall call)
    {
        await _watchers.RemoveAsync(request.WatcherId);
        return new RemoveWatcherResponse();
    }

    private async Task<DirectoryWatch> StartWatchAsync(string path, WatchOptions options, ConnectCall call)
    {
        var files = Files(call);
        var watch = await FilesystemErrors.RunAsync(
            sandbox.Watcher.WatchAsync(files, path, options, call.Cancellation), FilesystemErrors.OfWatch);
        surface.SandboxAudit.File(call.HttpContext, "watch", files.ResolvePath(path));
        return watch;
    }

    private SandboxFiles Files(ConnectCall call) => sandbox.GetFiles(SelectedUser.Read(call.HttpContext.Request));
}
