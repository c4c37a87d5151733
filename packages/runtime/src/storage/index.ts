export { makeDirectory, syncDirectory } from './durable-file.ts';
export { storageFailure, systemCode, systemReason } from './storage-failure.ts';
export { takeWriterLock } from './writer-lock.ts';
